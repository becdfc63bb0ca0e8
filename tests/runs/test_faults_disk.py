"""A disk that is full or read-only: one line, a stop that resumes, and nothing lost or doubled."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.faulty import Databases, SmallDisk, Work, lock_files, strike
from fakes.kills import Point
from fakes.recorded import going_on, recorded_config
from fakes.story import story

from langgraph_nas import Archive, SearchConfig
from langgraph_nas.cli.failing import fail
from langgraph_nas.errors import StorageError
from langgraph_nas.graph import PruningSqliteSaver
from langgraph_nas.llm import ReplyJournal

MOMENTS: dict[str, tuple[Point, int, str, tuple[int, int]]] = {
    "reply": (Point(ReplyJournal, "keep", "before"), 5, "s.replies.db", (1, 0)),
    "trial": (Point(Archive, "record_trial", "before"), 3, "s.db", (0, 1)),
    "triple": (Point(Archive, "record_triple", "before"), 2, "s.db", (0, 0)),
    "checkpoint": (Point(PruningSqliteSaver, "put", "before"), 2, "s.checkpoints.db", (0, 0)),
}
"""What can't be stored any more -> when that begins, the file, and the calls and trainings that
had ended and are done again, since nobody could write down that they had."""

Start = Callable[[], Any]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch) -> Databases:
    return Databases(monkeypatch)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.unmount()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> SearchConfig:
    return recorded_config(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return {}


@pytest.fixture
def whole(
    recorded: SearchConfig,
    known: dict[str, Any],
    tmp_path: Path,
    sandbox: FakeSandbox,
    work: Work,
) -> dict[str, Any]:
    """The story of the search that nothing disturbs."""
    if not known:
        going_on(recorded, tmp_path / "whole" / "s.db", sandbox)()
        known.update(story(tmp_path / "whole" / "s.db"))
        work.clear()
    return known


def told(start: Start, capsys: pytest.CaptureFixture[str]) -> str:
    """Start a search that storage fails, and return the one line that its user reads."""
    with pytest.raises(StorageError) as caught:
        start()
    capsys.readouterr()
    assert fail(caught.value) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def booked(database: Path) -> tuple[str, str | None]:
    with Archive.open(database, readonly=True) as archive:
        row = archive.search("s")
    return row["status"], row["stopped"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_on_a_full_disk_a_search_stops_and_goes_on_once_there_is_room(
    moment: str,
    disk: SmallDisk,
    tmp_path: Path,
    sandbox: FakeSandbox,
    recorded: SearchConfig,
    work: Work,
    whole: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    point, hit, file, twice = MOMENTS[moment]
    start = going_on(recorded, disk.folder / "s.db", sandbox)
    strike(monkeypatch, point, hit, disk.fill)

    line = told(start, capsys)

    assert str(disk.folder / file) in line
    assert "disk is full" in line
    assert "room" in line or "free some space" in line
    assert booked(disk.folder / "s.db") == ("running", None)  # that it stopped had no room, too
    told(start, capsys)  # and still there is none
    disk.make_room()
    start()
    assert story(disk.folder / "s.db") == whole
    assert work.twice() == twice


@pytest.mark.parametrize("fault", [Databases.FULL, Databases.READ_ONLY])
@pytest.mark.parametrize("moment", ["reply", "trial", "checkpoint"])
def test_where_one_file_can_not_be_written_the_others_tell_what_happened(
    moment: str,
    fault: str,
    databases: Databases,
    tmp_path: Path,
    sandbox: FakeSandbox,
    recorded: SearchConfig,
    work: Work,
    whole: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    point, hit, file, _ = MOMENTS[moment]
    database = tmp_path / "s.db"
    start = going_on(recorded, database, sandbox)
    strike(monkeypatch, point, hit, lambda: databases.spoil(tmp_path / file, fault))

    line = told(start, capsys)

    assert str(tmp_path / file) in line
    wrong = "full" if fault == Databases.FULL else "readonly" if "replies" in file else "written"
    assert wrong in line
    if file != "s.db":
        status, stopped = booked(database)
        assert status == "stopped"
        assert str(stopped) in line
    databases.repair()
    start()
    assert story(database) == whole
    assert max(work.twice()) <= 1


def test_a_search_that_could_book_nothing_asks_no_llm_and_prepares_no_data(
    databases: Databases,
    tmp_path: Path,
    sandbox: FakeSandbox,
    work: Work,
    recorded: SearchConfig,
    capsys: pytest.CaptureFixture[str],
    whole: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = tmp_path / "s.db"
    start = going_on(recorded, database, sandbox)
    Archive.open(database).close()
    databases.spoil(database, Databases.READ_ONLY)
    with monkeypatch.context() as patch:
        patch.setattr("langgraph_nas.session.opening.prepare", None)
        line = told(start, capsys)

    assert (
        line == f"error: {database}: it can't be written; make the file and its folder writable\n"
    )
    assert not work.asked
    databases.repair()
    start()
    assert story(database) == whole


@pytest.mark.parametrize("moment", ["reply", "trial", "checkpoint"])
def test_files_that_become_read_only_in_mid_search_stop_it_resumable(
    moment: str,
    tmp_path: Path,
    sandbox: FakeSandbox,
    recorded: SearchConfig,
    work: Work,
    whole: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    point, hit, file, twice = MOMENTS[moment]
    folder = tmp_path / "locked"
    start = going_on(recorded, folder / "s.db", sandbox)
    strike(monkeypatch, point, hit, lambda: lock_files(folder, on=True))
    try:
        line = told(start, capsys)
    finally:
        lock_files(folder, on=False)

    assert str(folder / file) in line
    assert "read-only" in line or "give access" in line
    start()
    assert story(folder / "s.db") == whole
    assert work.twice() == twice
