"""The archive's file: shared by processes, on bad disks, of others, damaged, old and new."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from langgraph_nas.archive import Archive, connect, migrations
from langgraph_nas.errors import ArchiveError, StorageError

NOBODY = 65534

WRITER = """
import sys
from langgraph_nas.archive import Archive
with Archive.open(sys.argv[1]) as archive:
    for n in range(40):
        archive.create_search(f"w-{n}", {"n": n}, {})
        if n == 4:
            print("going", flush=True)
"""

READER = """
import sys
from langgraph_nas.archive import Archive
seen = 0
while seen < 40:
    with Archive.open(sys.argv[1], readonly=True) as archive:
        names = [row["name"] for row in archive.searches()]
    assert len(names) >= seen and names == [f"w-{n}" for n in range(len(names))], names
    seen = len(names)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "searches.db"
    with Archive.open(path) as archive:
        archive.create_search("digits-1", {}, {})
    return path


def in_a_child(action: Callable[[], int], *, user: int | None = None) -> int:
    """Run a function in a child process, as another user if root may; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            if user is not None and os.getuid() == 0:
                os.setgid(user)
                os.setuid(user)
            code = action()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def open_to_all(folder: Path) -> None:
    """Let nobody pass through the folders above, which pytest makes private."""
    for parent in [folder, *folder.parents][:4]:
        parent.chmod(parent.stat().st_mode | 0o055)


def test_two_processes_read_while_one_writes(tmp_path: Path):
    path = tmp_path / "searches.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "going\n"
    readers = [subprocess.Popen([sys.executable, "-c", READER, str(path)]) for _ in range(2)]
    assert [process.wait(60) for process in (writer, *readers)] == [0, 0, 0]
    writer.stdout.close()


def test_two_processes_may_make_the_same_database_at_once(tmp_path: Path):
    path = tmp_path / "searches.db"
    make = "import sys; from langgraph_nas.archive import Archive; Archive.open(sys.argv[1])"
    makers = [subprocess.Popen([sys.executable, "-c", make, str(path)]) for _ in range(3)]
    assert [maker.wait(60) for maker in makers] == [0, 0, 0]


def test_looking_does_not_wait_for_a_writer(database: Path):
    writer = sqlite3.connect(database)
    writer.execute("BEGIN IMMEDIATE")
    with Archive.open(database, readonly=True) as archive:
        assert [row["name"] for row in archive.searches()] == ["digits-1"]
    writer.close()


def test_looking_never_writes(database: Path):
    with (
        Archive.open(database, readonly=True) as archive,
        pytest.raises(StorageError, match="can't be written"),
    ):
        archive.create_search("other", {}, {})


@pytest.mark.parametrize("arguments", [{"readonly": True}, {"create": False}])
def test_a_missing_database_is_named_and_not_made(tmp_path: Path, arguments: dict[str, bool]):
    with pytest.raises(ArchiveError, match="start with `langgraph-nas search`"):
        Archive.open(tmp_path / "no.db", **arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("readonly", [True, False])
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, readonly: bool):
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine (x)")
    other.commit()
    other.close()
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match="another program"):
        Archive.open(path, readonly=readonly)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["other.db"]


@pytest.mark.parametrize("readonly", [True, False])
def test_a_text_file_is_no_database(tmp_path: Path, readonly: bool):
    path = tmp_path / "notes.txt"
    path.write_text("my shopping list\n" * 100)
    with pytest.raises(ArchiveError, match="is not an SQLite database"):
        Archive.open(path, readonly=readonly)
    assert path.read_text().startswith("my shopping")


@pytest.mark.parametrize("readonly", [True, False])
def test_a_database_from_a_newer_version_asks_for_an_upgrade(database: Path, readonly: bool):
    raw = sqlite3.connect(database)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(ArchiveError, match="from a newer langgraph-nas"):
        Archive.open(database, readonly=readonly)


@pytest.mark.parametrize("readonly", [True, False])
def test_an_older_database_is_brought_up_to_date_and_keeps_its_searches(
    database: Path, monkeypatch: pytest.MonkeyPatch, readonly: bool
):
    newer = (*migrations.MIGRATIONS, "ALTER TABLE searches ADD COLUMN note TEXT;")
    monkeypatch.setattr(migrations, "MIGRATIONS", newer)
    monkeypatch.setattr(connect, "MIGRATIONS", newer)
    with Archive.open(database, readonly=readonly) as archive:
        assert archive.search("digits-1")["note"] is None  # type: ignore[typeddict-item]


def test_a_migration_that_fails_changes_nothing(database: Path, monkeypatch: pytest.MonkeyPatch):
    broken = (*migrations.MIGRATIONS, "CREATE TABLE half (x); NONSENSE;")
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", broken)
        with pytest.raises(sqlite3.OperationalError):
            Archive.open(database)
    raw = sqlite3.connect(database)
    assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    raw.close()
    Archive.open(database).close()


def test_a_process_of_an_older_version_does_not_undo_a_migration(
    database: Path, monkeypatch: pytest.MonkeyPatch
):
    newer = (*migrations.MIGRATIONS, "ALTER TABLE searches ADD COLUMN note TEXT;")
    with Archive.open(database) as older:
        monkeypatch.setattr(migrations, "MIGRATIONS", newer)
        monkeypatch.setattr(connect, "MIGRATIONS", newer)
        Archive.open(database).close()
        older.flush()
    with Archive.open(database) as archive:
        assert "note" in archive.search("digits-1")


def test_a_damaged_database_is_called_so(database: Path):
    content = bytearray(database.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    database.write_bytes(content)
    with pytest.raises(ArchiveError, match="damaged"):
        Archive.open(database)


def test_a_folder_is_no_database(tmp_path: Path):
    with pytest.raises(ArchiveError, match="is a folder"):
        Archive.open(tmp_path)


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't make the folder"):
        Archive.open(tmp_path / "file" / "searches.db")


def test_odd_characters_in_the_path_are_no_options(tmp_path: Path):
    path = tmp_path / "50% done?mode=memory#1.db"
    Archive.open(path).close()
    assert path.exists()


def test_a_locked_database_says_so(database: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connect, "BUSY_SECONDS", 0.1)
    with Archive.open(database) as archive:
        other = sqlite3.connect(database)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="kept it locked"):
            archive.create_search("other", {}, {})
        other.close()
        archive.create_search("other", {}, {})


def test_a_database_in_a_folder_that_one_may_not_write_can_be_read(database: Path):
    open_to_all(database.parent)
    database.chmod(0o644)

    def look() -> int:
        with Archive.open(database, readonly=True) as archive:
            return 0 if [row["name"] for row in archive.searches()] == ["digits-1"] else 1

    database.parent.chmod(0o555)
    try:
        assert in_a_child(look, user=NOBODY) == 0
    finally:
        database.parent.chmod(0o755)


def test_a_read_only_folder_is_a_storage_error(tmp_path: Path):
    open_to_all(tmp_path)
    tmp_path.chmod(0o555)

    def write() -> int:
        for path in (tmp_path / "searches.db", tmp_path / "deeper" / "searches.db"):
            try:
                Archive.open(path)
            except StorageError:
                continue
            return 1
        return 0

    try:
        assert in_a_child(write, user=NOBODY) == 0
    finally:
        tmp_path.chmod(0o755)


def test_a_full_disk_is_a_storage_error_that_loses_nothing(database: Path):
    def fill() -> int:
        # A limit on file size is the nearest to a full disk that needs no root and no mount.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with Archive.open(database) as archive:
            archive.create_search("kept", {}, {})
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
            try:
                for n in range(100):
                    archive.create_search(f"big-{n}", {"text": "x" * 20_000}, {})
            except StorageError:
                return 0
        return 1

    assert in_a_child(fill) == 0
    with Archive.open(database) as archive:
        names = [row["name"] for row in archive.searches()]
    assert names[:2] == ["digits-1", "kept"]
