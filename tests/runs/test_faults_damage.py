"""A damaged page in a file of a search: which file it is, and what to do; and doing it helps."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.faulty import PAGE, Work, damage, middle_node, strike
from fakes.kills import Point
from fakes.recorded import going_on, recorded_config
from fakes.story import story

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.cli.failing import fail
from langgraph_nas.datasets import prepare
from langgraph_nas.errors import NasError, SearchStopped, StorageError
from langgraph_nas.graph import aopen_checkpointer

ZERO, ONES = b"\x00", b"\xff"
"""What lies in a page that was never written, and in one that a flash chip has lost."""

Start = Callable[[], Any]


@dataclass
class Halves:
    """A search that was stopped in its fourth iteration, and how it ends if nothing is wrong."""

    config: SearchConfig
    folder: Path
    sandbox: FakeSandbox
    whole: dict[str, Any]

    @property
    def database(self) -> Path:
        return self.folder / "s.db"

    def start(self) -> Any:
        return going_on(self.config, self.database, self.sandbox)()


def stop() -> None:
    raise SearchStopped("stopped by the test")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Halves:
    folder = tmp_path_factory.mktemp("prepared")
    config = recorded_config(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAS_CACHE", str(cache))
        sandbox = FakeSandbox(labels=prepare("digits").labels)
        going_on(config, folder / "whole" / "s.db", sandbox)()
        strike(patch, Point(Archive, "record_triple", "before"), 4, stop)
        going_on(config, folder / "half" / "s.db", sandbox)()
    return Halves(config, folder / "half", sandbox, story(folder / "whole" / "s.db"))


@pytest.fixture
def halves(prepared: Halves, tmp_path: Path) -> Halves:
    """A copy to damage."""
    shutil.copytree(prepared.folder, tmp_path / "half")
    return replace(prepared, folder=tmp_path / "half")


@pytest.fixture
def work(halves: Halves, monkeypatch: pytest.MonkeyPatch) -> Work:
    """What is done once the search goes on."""
    return Work(monkeypatch)


def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount >= 1
    connection.close()


def told(start: Start, code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """Start a search that a damaged file keeps from going on; return the line its user reads."""
    with pytest.raises(NasError) as caught:
        start()
    capsys.readouterr()
    assert fail(caught.value) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("byte", [ZERO, ONES])
def test_a_damaged_archive_is_named_left_alone_and_replaced_by_a_copy(
    halves: Halves, work: Work, capsys: pytest.CaptureFixture[str], byte: bytes
) -> None:
    copy = halves.folder / "copy.db"
    shutil.copy(halves.database, copy)
    damage(halves.database, middle_node(halves.database), byte)
    before = halves.database.read_bytes()

    line = told(halves.start, 2, capsys)

    assert line.startswith(f"error: the database {halves.database} is damaged (")
    assert "restore a copy of it" in line
    assert halves.database.read_bytes() == before
    copy.rename(halves.database)
    halves.start()
    assert story(halves.database) == halves.whole
    assert work.twice() == (0, 0)


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the program sqlite3")
def test_what_can_be_read_of_a_damaged_archive_is_rescued_as_the_message_says(
    halves: Halves, work: Work, capsys: pytest.CaptureFixture[str]
) -> None:
    with Archive.open(halves.database) as archive:
        indexes = archive._ask(
            "SELECT rootpage FROM sqlite_master WHERE name = :name", {"name": "trials_by_hash"}
        )
    damage(halves.database, indexes[0]["rootpage"] - 1, ZERO)
    line = told(halves.start, 2, capsys)

    command = line.split("`")[1]
    subprocess.run(command, shell=True, check=True, cwd=halves.folder)
    (halves.folder / "rescued.db").rename(halves.database)

    halves.start()
    assert story(halves.database) == halves.whole
    assert work.twice() == (0, 0)


@pytest.mark.parametrize("byte", [ZERO, ONES])
def test_damaged_checkpoints_are_moved_away_and_nothing_is_asked_or_trained_twice(
    halves: Halves, work: Work, capsys: pytest.CaptureFixture[str], byte: bytes
) -> None:
    checkpoints = halves.folder / "s.checkpoints.db"
    damage(checkpoints, middle_node(checkpoints), byte)
    before = checkpoints.read_bytes()

    line = told(halves.start, 3, capsys)

    assert line.startswith(f"error: the checkpoints {checkpoints} are damaged (")
    assert "move that file away and resume" in line
    assert checkpoints.read_bytes() == before
    checkpoints.rename(halves.folder / "away.db")
    halves.start()
    assert story(halves.database) == halves.whole
    assert work.twice() == (0, 0)
    assert len(work.asked) == 4  # what was left: the last two iterations, and no more
    assert len(work.trained) == 1


UNSEEN = {
    "s.db": "UPDATE searches SET settings = substr(settings, 1, 9) || 'xxx'",
    "s.checkpoints.db": "UPDATE checkpoints SET checkpoint = "
    "CAST(substr(checkpoint, 1, 99) || zeroblob(length(checkpoint) - 99) AS BLOB)",
}
"""What a damaged page does that is the end of a long value: SQLite does not check that."""


@pytest.mark.parametrize("file", UNSEEN)
def test_a_damaged_value_that_sqlite_takes_as_it_is_is_told_too(
    halves: Halves, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    shutil.copy(halves.folder / file, halves.folder / "copy.db")
    spoil(halves.folder / file, UNSEEN[file])

    line = told(halves.start, 2 if file == "s.db" else 3, capsys)

    assert f"{halves.folder / file} " in line
    assert "damaged (" in line
    (halves.folder / "copy.db").rename(halves.folder / file)
    halves.start()
    assert story(halves.database) == halves.whole


async def test_hosts_that_read_checkpoints_in_an_event_loop_are_told_the_same(
    halves: Halves,
) -> None:
    spoil(halves.folder / "s.checkpoints.db", UNSEEN["s.checkpoints.db"])
    thread: Any = {"configurable": {"thread_id": "s"}}

    with pytest.raises(StorageError, match="are damaged .*; move that file away and resume"):
        async with aopen_checkpointer(halves.database) as saver:
            await saver.aget_tuple(thread)


def test_the_archive_alone_is_enough_to_go_on_from(halves: Halves, work: Work) -> None:
    (halves.folder / "s.checkpoints.db").unlink()
    (halves.folder / "s.replies.db").unlink()

    halves.start()

    assert story(halves.database) == halves.whole
    assert work.twice() == (0, 0)
    assert len(work.asked) == 4  # what was left: the last two iterations
    assert len(work.trained) == 1


def test_a_kept_reply_that_can_not_be_read_is_taken_from_the_archive(
    halves: Halves, work: Work, complaints: list[str]
) -> None:
    (halves.folder / "s.checkpoints.db").unlink()  # so that all replies are looked up
    spoil(
        halves.folder / "s.replies.db",
        "UPDATE full_llm_cache SET response = substr(response, 1, 99) || 'xxx' "
        "WHERE prompt LIKE 's/16/%'",
    )

    halves.start()

    assert "could not be deserialized" in complaints.pop()
    assert story(halves.database) == halves.whole
    assert len(work.asked) == 4


@pytest.mark.parametrize("byte", [ZERO, ONES])
def test_damaged_replies_can_be_deleted_without_a_loss(
    halves: Halves, work: Work, capsys: pytest.CaptureFixture[str], byte: bytes
) -> None:
    replies = halves.folder / "s.replies.db"
    damage(replies, 1, byte)  # the root of its table
    before = replies.read_bytes()

    line = told(halves.start, 3, capsys)

    assert str(replies) in line
    assert "if it is damaged delete the file" in line
    assert replies.read_bytes() == before
    replies.unlink()
    halves.start()
    assert story(halves.database) == halves.whole
    assert work.twice() == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("byte", [ZERO, ONES])
@pytest.mark.parametrize("file", ["s.db", "s.checkpoints.db", "s.replies.db"])
def test_no_damaged_page_goes_into_a_search_unseen(
    halves: Halves, file: str, byte: bytes, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(halves.folder, kept)
    pages, seen = (kept / file).stat().st_size // PAGE, 0
    for page in range(pages):
        shutil.rmtree(halves.folder)
        shutil.copytree(kept, halves.folder)
        damage(halves.folder / file, page, byte)
        try:
            halves.start()
        except NasError as error:
            seen += str(halves.folder / file) in str(error) and "damaged" in str(error)
        else:  # it was not needed, or held nothing
            seen += story(halves.database) == halves.whole
    assert seen == pages >= 8
