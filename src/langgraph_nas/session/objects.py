"""Objects given from Python, each in place of what a setting names."""

from dataclasses import dataclass, fields
from typing import Any

from langchain_core.language_models import BaseChatModel

from langgraph_nas.evaluation import Evaluator
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.spaces import Space
from langgraph_nas.trials import Method


@dataclass(frozen=True, kw_only=True)
class Objects:
    """What a search works with besides its settings; None: as these say. All of it stays open."""

    generator: BaseChatModel | None = None
    improver: BaseChatModel | None = None
    sandbox: Sandbox | None = None
    method: Method | None = None
    space: Space | None = None
    evaluator: Evaluator | None = None

    @property
    def keywords(self) -> dict[str, Any]:
        """All of them by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
