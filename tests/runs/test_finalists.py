"""Finalists that fail: of what may pass they are tried again, once each time the search goes on."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, SearchResult, resume, search
from langgraph_nas.session.finalists import unmeasured


def models(*outcomes: str) -> dict[str, Any]:
    def write(prompt: str, number: int) -> str:
        return f"```python\n{program(outcomes[number], number + 1)}```"

    return {
        "generator": ScriptedChatModel(answer=write),
        "improver": ScriptedChatModel(answer=diagnosis),
    }


def start(folder: Path, sandbox: FakeSandbox, *outcomes: str) -> dict[str, Any]:
    """Run a search of two iterations and return how to go on with it."""
    common = {"database": folder / "s.db", "sandbox": sandbox, **models(*outcomes)}
    config = SearchConfig(**PLAIN, iterations=2, finalists=2)
    search(config, name="s", **common)
    return common


def finalists(folder: Path) -> tuple[list[dict[str, float]], dict[str, str], list[int]]:
    """Return the accuracies of each, why those that failed did, and what is to be tried again."""
    with Archive.open(folder / "s.db", readonly=True) as archive:
        rows = [row["accuracies"] for row in archive.finalists("s")]
        failed = archive.search("s")["facts"].get("failed_finalists", {})
        return rows, failed, [trial["iteration"] for trial in unmeasured("s", archive)]


@pytest.mark.parametrize("passing", ["timeout", "killed", "out_of_memory"])
def test_one_that_failed_for_what_may_pass_is_tried_again_once_a_call(
    tmp_path: Path, sandbox: FakeSandbox, passing: str
) -> None:
    common = start(tmp_path, sandbox, f"0.9,{passing},{passing},0.8", "0.6")
    assert len(sandbox.jobs) == 4
    for call in range(1, 3):
        rows, failed, again = finalists(tmp_path)
        assert (len(rows), rows[0], failed, again) == (2, {}, {"1": passing}, [1])
        result: SearchResult = resume("s", **common)
        assert len(sandbox.jobs) == 4 + call
    assert result.remeasured_accuracy == pytest.approx(0.8, abs=0.01)
    assert finalists(tmp_path)[1:] == ({}, [])
    resume("s", **common)
    assert len(sandbox.jobs) == 6


def test_one_that_failed_for_good_is_not_tried_again(tmp_path: Path, sandbox: FakeSandbox) -> None:
    common = start(tmp_path, sandbox, "0.9,not_finite", "0.6")
    assert finalists(tmp_path)[1:] == ({"1": "not_finite"}, [])
    resume("s", **common)
    assert len(sandbox.jobs) == 4


def test_one_of_which_it_is_not_known_why_it_failed_is_tried_again(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    common = start(tmp_path, sandbox, "0.9,not_finite", "0.6")
    with Archive.open(tmp_path / "s.db") as archive:  # as an older version recorded it
        facts = archive.search("s")["facts"]
        del facts["failed_finalists"]
        archive.update_search("s", facts=facts)
    assert finalists(tmp_path)[1:] == ({}, [1])
    resume("s", **common)
    assert finalists(tmp_path)[1:] == ({"1": "not_finite"}, [])
