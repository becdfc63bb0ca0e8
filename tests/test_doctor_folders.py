"""The doctor writes where a search would, and leaves everything as it was."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fakes.faulty import SmallDisk

from langgraph_nas import Archive
from langgraph_nas.cli import main
from langgraph_nas.doctor import Check, can_search
from langgraph_nas.doctor.folders import check_folders, write_problem

UNWRITABLE = Path("/proc/langgraph-nas")
"""Not even root can make it."""


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.unmount()


def test_folders_that_can_be_written_are_left_as_they_were(tmp_path: Path) -> None:
    check = check_folders(None, tmp_path / "runs" / "s.db")
    assert (check.works, check.todo) == (True, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("part", "words"), [("cache", "NAS_CACHE"), ("database", "--database"), ("temporary", "TMPDIR")]
)
def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(
    part: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "s.db"
    if part == "cache":
        monkeypatch.setenv("NAS_CACHE", str(UNWRITABLE))
    if part == "database":
        database = UNWRITABLE / "s.db"
    if part == "temporary":
        monkeypatch.setattr(tempfile, "tempdir", str(UNWRITABLE))
    check = check_folders(None, database)
    assert not check.works
    assert str(UNWRITABLE) in check.message
    assert words in check.message


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert write_problem(tmp_path / "file" / "cache") == "a file of that name is in the way"


def test_a_folder_without_the_right_to_write_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    assert write_problem(tmp_path / "cache") == "Permission denied"


def test_a_read_only_data_folder_is_no_obstacle_but_told(tmp_path: Path) -> None:
    check = check_folders(str(UNWRITABLE), tmp_path / "s.db")
    assert check.works
    assert "nothing can be downloaded" in check.message


def test_a_full_disk_is_full(disk: SmallDisk) -> None:
    assert write_problem(disk.folder) is None
    disk.fill()
    assert write_problem(disk.folder) == "the disk is full"


def test_an_existing_database_is_written_to_as_well(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with Archive.open(path):
        pass
    before = path.read_bytes()
    assert check_folders(None, path).works
    assert path.read_bytes() == before
    with closing(sqlite3.connect(path, isolation_level=None)) as other, other:
        other.execute("BEGIN IMMEDIATE")
        assert check_folders(None, path).works
    other.close()
    path.write_bytes(b"not a database" * 100)
    assert "not an SQLite database" in check_folders(None, path).message


def test_no_search_can_run_where_it_could_write_nothing() -> None:
    parts = [Check("bubblewrap", True, ""), Check("embedded model", True, "")]
    assert can_search([*parts, Check("folders", True, "")])
    assert not can_search([*parts, Check("folders", False, "")])
    assert not can_search([*parts, Check("model", False, "")])
    assert can_search([parts[0], Check("model", True, ""), Check("folders", True, "")])


def test_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    monkeypatch.setenv("NAS_CACHE", str(UNWRITABLE))
    assert main(["doctor"]) == 1
    assert "No search can run here" in capsys.readouterr().out
