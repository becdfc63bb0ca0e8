"""search() with reviews: somebody is called, and a stop at a question keeps the question."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.errors import SearchStopped, UsageError


def options(folder: Path, sandbox: FakeSandbox) -> dict[str, Any]:
    return {
        "database": folder / "s.db",
        "generator": ScriptedChatModel(
            answer=lambda prompt, n: f"```python\n{program(0.3 + n / 10, n + 1)}```"
        ),
        "improver": ScriptedChatModel(answer=diagnosis),
        "sandbox": sandbox,
    }


CONFIG = SearchConfig(
    **PLAIN, iterations=2, finalists=0, form="code", improver_form="text", review="before_execute"
)


def test_each_candidate_is_shown_to_whoever_is_given(tmp_path: Path, sandbox: FakeSandbox) -> None:
    seen: list[int] = []

    def decide(shown: dict[str, Any]) -> Any:
        seen.append(shown["iteration"])
        return "approve" if len(seen) > 1 else {"action": "reject", "reason": "no"}

    result = search(CONFIG, name="s", on_review=decide, **options(tmp_path, sandbox))
    assert (seen, result.iterations, result.valid) == ([1, 2], 2, 1)


def test_a_search_that_stops_at_a_question_asks_it_again(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    def leave(shown: dict[str, Any]) -> Any:
        raise SearchStopped("later")

    given = options(tmp_path, sandbox)
    stopped = search(CONFIG, name="s", on_review=leave, **given)
    assert (stopped.stopped, stopped.iterations) == ("interrupted", 0)
    seen: list[int] = []

    def approve(shown: dict[str, Any]) -> Any:
        seen.append(shown["iteration"])
        return True

    done = resume("s", on_review=approve, **given)
    assert (seen, done.valid) == ([1, 2], 2)


def test_a_review_needs_somebody_to_ask(tmp_path: Path, sandbox: FakeSandbox) -> None:
    with pytest.raises(UsageError, match="on_review"):
        search(CONFIG, name="s", **options(tmp_path, sandbox))
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.names() == []
