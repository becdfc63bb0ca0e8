"""Bad input gets one line on stderr that says what to do, exit code 2, and loses nothing."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from langgraph_nas.archive import Archive
from langgraph_nas.cli.failing import fail
from langgraph_nas.errors import StorageError

Nas = Callable[..., tuple[int, str, str]]
REPLAY = ("--llm", "replay:replies.jsonl", "--sandbox", "unsafe-subprocess")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frob"], "No such command 'frob'; see `langgraph-nas --help`"),
        (["search", "--nonsense"], "see `langgraph-nas search --help`"),
        (["search", "--iterations", "many"], "--iterations"),
        (["search", "--iterations", "0"], "--iterations 0"),
        (["search", "-K", "-1"], "--memory -1"),
        (["search", "--form", "poem"], "--form poem"),
        (["search", "--llm", "gpt"], "unknown model 'gpt'"),
        (["search", "--start-from", "no.py"], "--start-from no.py"),
        (["search", "--prompts", "nowhere"], "--prompts nowhere"),
        (["search", "--dataset", "cifra10", *REPLAY], "cifar10"),
        (["search", "--name", "../up", *REPLAY], "no name for a search"),
        (["search", "--name", "digits-1", *REPLAY], "langgraph-nas resume digits-1"),
        (["resume"], "Missing argument"),
        (["resume", "digits-2"], "did you mean digits-1"),
        (["resume", "digits-1", "--iterations", "0"], "--iterations 0"),
        (["show", "digits-2"], "did you mean digits-1"),
        (["show", "digits-1", "--iteration", "9"], "no iteration 9"),
        (["best", "digits-2"], "did you mean digits-1"),
        (["export", "digits-1"], "--to"),
        (["export", "digits-1", "--to", "."], "give a new or empty folder"),
        (["evaluate", "no.py"], "no.py"),
        (["list", "--database", "replies.jsonl"], "is not an SQLite database"),
        (["list", "--database", "no.db"], "start with `langgraph-nas search`"),
    ],
)
def test_bad_input_is_one_line_with_exit_code_2(
    nas: Nas, archive: Archive, replies: Path, arguments: list[str], words: str
):
    code, out, err = nas(*arguments)
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    assert code == 2
    assert len(lines) == 1
    assert words in lines[0]
    assert "Traceback" not in err + out
    assert archive.counts("digits-1")["iterations"] == 3


def test_a_full_disk_is_one_line_that_says_so(capsys: pytest.CaptureFixture[str]):
    code = fail(OSError(errno.ENOSPC, "No space left on device", "/data/x.npy"))
    assert code == StorageError.exit_code
    assert capsys.readouterr().err == "error: /data/x.npy: the disk is full; free some space\n"


def test_a_bug_is_not_hidden():
    with pytest.raises(KeyError):
        fail(KeyError("bug"))


def test_an_error_message_can_not_command_the_terminal(capsys: pytest.CaptureFixture[str]):
    fail(StorageError("bad \x1b]0;owned\x07 name\nsecond line"))
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert err.count("\n") == 1


def test_a_database_from_a_newer_version_is_refused(nas: Nas, archive: Archive):
    archive._database.execute("PRAGMA user_version = 99")
    code, _, err = nas("list")
    assert code == 2
    assert "from a newer langgraph-nas" in err
