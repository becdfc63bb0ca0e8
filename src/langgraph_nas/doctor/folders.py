"""The folders that a search writes to: something is written into each, and taken out again."""

import errno
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from langgraph_nas.archive import Archive
from langgraph_nas.doctor.check import Check
from langgraph_nas.errors import NasError

FOLDERS = "folders"
PROBE_BYTES = 1 << 20
"""What a full disk or a used up quota has no room for."""

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.ENOTDIR: "a file of that name is in the way",
    errno.EEXIST: "a file of that name is in the way",
}


def check_folders(data_root: str | None, database: Path) -> Check:
    """Write to the cache, the folders of data, database and temporary files, and the database."""
    from langgraph_nas.datasets import default_cache, default_root

    problems = [
        _folder_problem("the cache", default_cache(), "set NAS_CACHE to another folder"),
        _folder_problem("the database's folder", database.parent, "give another --database"),
        _database_problem(database),
        _temporary_problem(),
    ]
    found = [problem for problem in problems if problem]
    # Files that are there are only read, so that their folder need not be writable.
    root = Path(data_root) if data_root else default_root()
    data = _folder_problem("the data sets' folder", root, "nothing can be downloaded into it")
    if found:
        return Check(FOLDERS, False, "; ".join(found))
    note = f"; but {data}" if data else ""
    return Check(FOLDERS, True, f"cache, database and temporary files can be written{note}")


def write_problem(folder: Path) -> str | None:
    """Return why nothing can be written into a folder, or into one made there; None if it can."""
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".doctor-", dir=_existing(folder)) as made,
            (Path(made) / "probe").open("wb") as file,
        ):
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return _REASONS.get(error.errno or 0) or error.strerror or str(error)
    return None


def _existing(folder: Path) -> Path:
    """Return the folder, or the one that it would have to be made in."""
    return next(path for path in [folder, *folder.absolute().parents] if os.path.lexists(path))


def _folder_problem(what: str, folder: Path, todo: str) -> str | None:
    problem = write_problem(folder)
    return problem and f"{what}, {folder}, can't be written ({problem}): {todo}"


def _temporary_problem() -> str | None:
    try:
        folder = Path(tempfile.gettempdir())
    except OSError as error:
        return f"there is no folder for temporary files ({error.strerror}): set TMPDIR to one"
    return _folder_problem("the folder of temporary files", folder, "set TMPDIR to another one")


def _database_problem(database: Path) -> str | None:
    """Return why an existing database can't be written; it is left as it is."""
    if not database.exists():
        return None
    try:
        with Archive.open(database, readonly=True):
            pass
        uri = f"{database.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(uri, uri=True, timeout=1, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except NasError as error:
        return str(error)
    except sqlite3.Error as error:
        if "locked" in str(error) or "busy" in str(error):
            return None  # another search writes, so it can be written
        return f"the database {database} can't be written ({error}): give another --database"
    return None
