"""A search context of fakes over a real archive."""

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes.chat import ScriptedChatModel
from fakes.data import tiny_data
from fakes.journal import MemoryJournal
from fakes.sandbox import FakeSandbox
from fakes.settings import PLAIN
from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import Sandboxed
from langgraph_nas.llm import Sampling, open_role
from langgraph_nas.methods import find_method
from langgraph_nas.prompts import load_templates
from langgraph_nas.spaces import open_space
from langgraph_nas.trials import SearchContext

DIAGNOSIS = '{"problem": "problem %d", "inspiration": "idea %d", "modification": "change %d"}'
Answer = Callable[[str, int], str]


def diagnosis(prompt: str, number: int) -> str:
    """Answer as an improver whose problems and changes are numbered from 1."""
    return DIAGNOSIS % ((number + 1,) * 3)


def fake_context(
    folder: Path,
    generator: Answer,
    improver: Answer = diagnosis,
    sandbox: FakeSandbox | None = None,
    **settings: Any,
) -> SearchContext:
    """Return a context whose archive holds a search `s` and whose roles answer as given."""
    config = SearchConfig(**{**PLAIN, "form": "code", "improver_form": "text", **settings})
    archive = Archive.open(folder / "searches.db")
    weakref.finalize(archive, archive._database.conn.close)  # with the last who has it
    archive.create_search("s", config.model_dump(), {"scored_split": "validation"})
    sampling = Sampling.of(config)
    data = tiny_data(folder / "data")
    evaluator = Sandboxed(sandbox or FakeSandbox(), data, config)
    method = find_method(config.method)
    space = open_space(evaluator.task, config, is_drawn=not method.roles)
    return SearchContext(
        config=config,
        evaluator=evaluator,
        space=space,
        method=method,
        templates=load_templates(texts=space.texts, phrases=space.phrases),
        generator=open_role("generator", ScriptedChatModel(answer=generator), sampling),
        improver=open_role("improver", ScriptedChatModel(answer=improver), sampling),
        archive=archive,
        journal=MemoryJournal(),
    )
