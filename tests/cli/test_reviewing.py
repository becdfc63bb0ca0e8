"""The questions of a review, asked on a terminal."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from langgraph_nas.cli.interrupt import Interrupts
from langgraph_nas.cli.progress import Plain
from langgraph_nas.cli.reviewing import Reviewer
from langgraph_nas.errors import SearchStopped, UsageError

SHOWN: dict[str, Any] = {
    "kind": "candidate",
    "search": "s",
    "iteration": 3,
    "program": "class Net: pass\n",
    "diff": "-old\n+new \x1b[2J",
    "suggestion": {"modification": "Make it wider."},
    "accuracy": None,
    "best": {"iteration": 2, "accuracy": 0.5},
    "actions": ["approve", "reject", "edit"],
    "problem": None,
}


class Terminal:
    """A reviewer, what is typed to it, and what it shows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *typed: Any) -> None:
        self.screen = io.StringIO()
        console = Console(file=self.screen, width=80)
        self.interrupts = Interrupts(lambda: None)
        self.interrupts.begun = True
        self.reviewer = Reviewer(console, Plain(None), self.interrupts)
        left = list(typed)

        def read(prompt: str) -> str:
            assert not self.interrupts.begun  # Ctrl-C raises here
            said = left.pop(0)
            if isinstance(said, BaseException):
                raise said
            return str(said)

        monkeypatch.setattr("builtins.input", read)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)

    def ask(self, **changes: Any) -> Any:
        return self.reviewer({**SHOWN, **changes})


def test_the_candidate_is_shown_as_a_diff_without_commands_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal(monkeypatch, "a")
    assert terminal.ask() == "approve"
    shown = terminal.screen.getvalue()
    assert "Iteration 3: candidate" in shown
    assert "It is to: Make it wider." in shown
    assert "+new" in shown
    assert "\x1b" not in shown
    assert terminal.interrupts.begun


def test_without_a_best_the_whole_program_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, "approve")
    terminal.ask(best=None, diff="")
    assert "class Net: pass" in terminal.screen.getvalue()


def test_a_rejection_asks_why(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, "", "x", "r", " too wide ")
    assert terminal.ask() == {"action": "reject", "reason": "too wide"}


def test_the_program_is_edited_in_the_users_editor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text("import sys\nopen(sys.argv[1], 'a').write('# mine')\n")
    monkeypatch.setenv("VISUAL", f"{sys.executable} {editor}")
    terminal = Terminal(monkeypatch, "p", "e")
    assert terminal.ask() == {"action": "edit", "program": "class Net: pass\n# mine"}


def test_an_editor_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor-here")
    with pytest.raises(UsageError, match="no-such-editor-here"):
        Terminal(monkeypatch, "e").ask()


@pytest.mark.parametrize("said", ["q", KeyboardInterrupt(), EOFError()], ids=repr)
def test_whoever_would_rather_stop_stops_the_search(
    said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(monkeypatch, said)
    with pytest.raises(SearchStopped):
        terminal.ask()
    assert terminal.interrupts.begun


def test_a_new_best_can_not_be_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch, "e", "a")
    actions = ["approve", "reject"]
    assert terminal.ask(kind="new_best", actions=actions, accuracy=0.5) == "approve"
    assert "new best network, accuracy 0.5" in terminal.screen.getvalue()


def test_nobody_is_asked_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(monkeypatch)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(UsageError, match="on_review"):
        terminal.ask()
