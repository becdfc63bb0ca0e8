"""A graph that opens what it needs by itself, with a scripted model and a cheap sandbox."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fakes.chat import ScriptedChatModel
from fakes.context import diagnosis
from fakes.sandbox import FakeSandbox, program
from fakes.settings import PLAIN
from langgraph_nas import SearchConfig, create_nas_graph

SETTINGS: dict[str, Any] = {
    **PLAIN,
    "iterations": 3,
    "finalists": 0,
    "form": "code",
    "improver_form": "text",
}
ACCURACIES = [0.3, 0.6, 0.5, 0.7]


def write(prompt: str, number: int) -> str:
    return f"```python\n{program(ACCURACIES[number % 4], number + 1)}```"


def build(
    folder: Path,
    sandbox: FakeSandbox,
    answer: Any = write,
    settings: Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Any:
    return create_nas_graph(
        generator=ScriptedChatModel(answer=answer),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
        config=SearchConfig.model_validate({**SETTINGS, **(settings or {})}),
        database=folder / "s.db",
        **keywords,
    )


def on(thread: Any) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread}, "recursion_limit": 100}


def lasting(state: Mapping[str, Any]) -> dict[str, Any]:
    """What two searches that did the same agree on: all but when, and what tells edits of that."""
    return {k: v for k, v in state.items() if k not in ("started_at", "seconds", "mark")}
