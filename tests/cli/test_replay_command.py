"""`langgraph-nas replay`: what it prints and how it ends."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeSandbox, ScriptedChatModel
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import SearchConfig, search
from langgraph_nas.report.replay import comparison_text, comparison_values
from langgraph_nas.runs import Comparison, Difference, default_database

Nas = Callable[..., tuple[int, str, str]]


@pytest.fixture
def searched(folder: Path) -> Path:
    """A search of two candidates that need no training."""
    replies = ["I would rather not.", "```python\nclass Net(nn.Module\n```"]
    search(
        SearchConfig(**PLAIN, iterations=2),
        generator=ScriptedChatModel(answer=lambda _, number: replies[number]),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=FakeSandbox(),
    )
    return default_database()


def change(database: Path, sql: str) -> None:
    connection = sqlite3.connect(database)
    with connection:
        assert connection.execute(sql).rowcount == 1
    connection.close()


def test_a_check_says_in_one_line_that_all_is_the_same(nas: Nas, searched: Path) -> None:
    code, out, err = nas("replay", "digits-1", "--check", "--quiet")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "the same: 4 prompts, 2 outcomes, 1 triple, best none"
    assert "langgraph-nas show digits-1-replay-1\n" in out
    assert "--iterations" not in out

    code, out, err = nas("replay", "digits-1", "--check", "--json", "--quiet")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["name"], found["check"]["same"]) == ("digits-1-replay-2", True)
    assert found["check"]["differences"] == []


def test_a_check_names_what_is_not_the_same_and_ends_with_1(nas: Nas, searched: Path) -> None:
    change(searched, "UPDATE trials SET outcome = 'ok', accuracy = 0.5 WHERE iteration = 1")
    code, out, _ = nas("replay", "digits-1", "--check")
    assert code == 1
    assert "search digits-1-replay-1\n" in out
    assert "  generator  recorded:digits-1, form code\n" in out
    assert "not the same, of 4 prompts, 2 outcomes, 1 triple, best 0.5000:\n" in out
    assert "\n  iteration 1, outcome: ok in digits-1, no_code in digits-1-replay-1\n" in out

    name = ("--name", "digits-1-replay-1")
    code, out, _ = nas("replay", "digits-1", *name, "--check", "--json", "--quiet")
    whats = [difference["what"] for difference in json.loads(out)["check"]["differences"]]
    assert code == 1
    assert whats == ["outcome", "accuracy", "best"]


def test_a_replay_that_has_no_reply_says_so_and_a_check_shows_where(
    nas: Nas, searched: Path
) -> None:
    change(searched, "DELETE FROM calls WHERE iteration = 2 AND role = 'improver'")
    code, out, err = nas("replay", "digits-1", "--quiet")
    assert (code, out) == (3, "")
    assert "its improver was not asked for try 1 in iteration 2" in err
    last = "langgraph-nas replay digits-1 --name digits-1-replay-1 --check"
    assert err.endswith(f"see where it differs with: {last}\n")

    code, out, err = nas(*last.split()[1:], "--quiet")
    assert code == 1
    assert "iterations finished: 2 in digits-1, 1 in digits-1-replay-1" in out


def test_what_can_not_be_replayed_is_an_error_in_one_line(nas: Nas, searched: Path) -> None:
    for arguments, words in (
        (("digits-2",), "there is no search 'digits-2'"),
        (("digits-1", "--sandbox", "box"), "--sandbox box: input should be 'auto', 'docker'"),
        (("digits-1", "--name", "digits-1"), "there is a search 'digits-1' already"),
    ):
        code, out, err = nas("replay", *arguments)
        assert (code, out) == (2, "")
        assert words in err
        assert err.count("\n") == 1


def test_many_differences_are_cut_after_twenty_and_can_not_command_the_terminal() -> None:
    differences = tuple(Difference(n, "outcome", "ok", "\x1b[2J") for n in range(1, 26))
    comparison = Comparison("a", "b", 50, 25, 24, None, differences, ("torch: 1 in a, 2 in b",))
    lines = comparison_text(comparison).splitlines()
    assert lines[0] == "not the same, of 50 prompts, 25 outcomes, 24 triples, best none:"
    assert lines[1].startswith("  iteration 1, outcome: ok in a, ")
    assert lines[-2:] == ["  and 5 differences more", "  note: torch: 1 in a, 2 in b"]
    assert len(lines) == 1 + 20 + 2
    assert "\x1b" not in "".join(lines)
    assert len(comparison_values(comparison)["differences"]) == 25
