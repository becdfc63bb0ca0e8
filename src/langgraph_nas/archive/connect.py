"""Open the archive's file, or say in one line why it can't be opened."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from pathlib import Path
from shlex import quote

from langgraph_nas.archive.migrations import APPLICATION_ID, MIGRATIONS, migrate, read_version
from langgraph_nas.errors import ArchiveError, StorageError

BUSY_SECONDS = 10.0
"""How long a write waits for another process's write."""


@contextmanager
def explain(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Raises:
        ArchiveError: The file is damaged or not a database.
        StorageError: The disk is full, read-only or fails, or another process keeps it locked.
    """
    try:
        yield
    except JSONDecodeError as error:  # SQLite has no checksums and takes any text as it is
        raise ArchiveError(_damaged(path, f"a value in it is no JSON: {error}")) from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorname", "")  # missing on the driver's own errors
        if code.startswith("SQLITE_NOTADB"):
            raise ArchiveError(
                f"{path} is not an SQLite database; give another file with --database"
            ) from error
        if code.startswith("SQLITE_CORRUPT"):
            raise ArchiveError(_damaged(path, str(error))) from error
        reason = _storage_reason(code)
        if reason is None:
            raise
        raise StorageError(f"{path}: {reason}") from error


def _storage_reason(code: str) -> str | None:
    """Return what is wrong with the disk or the file, and what to do; None if it is our bug."""
    reasons = {
        "SQLITE_FULL": "the disk is full; free some space",
        "SQLITE_READONLY": "it can't be written; make the file and its folder writable",
        "SQLITE_CANTOPEN": "it can't be opened; check that it is a file in a folder that you "
        "may write, or give another file with --database",
        "SQLITE_PERM": "permission denied; make it readable and writable",
        "SQLITE_AUTH": "permission denied; make it readable and writable",
        "SQLITE_IOERR": "the disk failed to read or write it; check that the disk works, has free "
        "space and is not read-only",
        "SQLITE_BUSY": f"another program kept it locked for {BUSY_SECONDS:.0f} s; close that "
        "program",
        "SQLITE_LOCKED": "another program keeps it locked; close that program",
    }
    return next((text for name, text in reasons.items() if code.startswith(name)), None)


def open_writable(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a database for reading and writing; make it, and its folder, where missing.

    Raises:
        ArchiveError: It is not ours, damaged, from a newer version, or missing and not to be
            created.
        StorageError: It can't be written.
    """
    if create:
        _make_folder(path.parent)
    elif not path.exists():
        raise ArchiveError(_missing(path))
    with explain(path):
        connection = _connect(path, "mode=rwc" if create else "mode=rw")
        try:
            _check_ours(connection, path, empty_is_ours=True)
            _check_whole(connection, path)
            connection.execute("PRAGMA journal_mode = wal")
            # A commit survives the death of the process; `Store.flush` makes it survive a power
            # failure, once an iteration.
            connection.execute("PRAGMA synchronous = normal")
            connection.execute("PRAGMA foreign_keys = on")
            migrate(connection)
            # SQLite opens a file that it may not write without a word.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except BaseException:  # Even on Ctrl-C the file is closed; it goes on up.
            connection.close()
            raise
    return connection


def open_readonly(path: Path) -> sqlite3.Connection:
    """Open a database to look at it: never creates it and never keeps a writer waiting.

    Raises:
        ArchiveError: It is missing, not ours, or from a newer version.
        StorageError: It can't be read.
    """
    if not path.exists():
        raise ArchiveError(_missing(path))
    with explain(path):
        try:
            connection = _connect_checked(path, "mode=ro")
        except sqlite3.OperationalError as error:
            # In a folder that we can't write, SQLite can't make the side files that it wants
            # for a database in WAL mode. Without a -wal file there is no writer either, so
            # the file can be read as it lies there.
            barred = error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
            if not barred or path.with_name(path.name + "-wal").exists():
                raise
            connection = _connect_checked(path, "mode=ro&immutable=1")
    if read_version(connection) < len(MIGRATIONS):
        connection.close()
        open_writable(path, create=False).close()
        return open_readonly(path)
    return connection


def _connect_checked(path: Path, query: str) -> sqlite3.Connection:
    connection = _connect(path, query)
    try:
        _check_ours(connection, path, empty_is_ours=False)
    except BaseException:  # As above: close, then let it through.
        connection.close()
        raise
    return connection


def _connect(path: Path, query: str) -> sqlite3.Connection:
    # Nodes may run in other threads than the one that opened it; `Store` locks.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{query}",
        uri=True,
        timeout=BUSY_SECONDS,
        check_same_thread=False,
    )


def _check_ours(connection: sqlite3.Connection, path: Path, *, empty_is_ours: bool) -> None:
    # In this order: another process may be making it between the two.
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    if empty_is_ours and identity == 0 and tables == 0:
        return
    if identity != APPLICATION_ID:
        raise ArchiveError(
            f"{path} is a database of another program; give another file with --database"
        )
    version = read_version(connection)
    if version > len(MIGRATIONS):
        raise ArchiveError(
            f"{path} is from a newer langgraph-nas (schema {version}, this one knows "
            f"{len(MIGRATIONS)}); upgrade langgraph-nas, or give another file with --database"
        )


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Look at each page before anything is written: damage would spread.

    Raises:
        ArchiveError: A page is damaged.
    """
    found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise ArchiveError(_damaged(path, found))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"can't make the folder {folder}: {error.strerror}; give another file with --database"
        ) from error


def _damaged(path: Path, found: str) -> str:
    return (
        f"the database {path} is damaged ({' '.join(found.split())}) and was left as it is; "
        "restore a copy of it, or rescue what can be read with "
        f"`sqlite3 {quote(str(path))} .recover | sqlite3 rescued.db` and put rescued.db in its "
        "place"
    )


def _missing(path: Path) -> str:
    return (
        f"there is no database {path}; start with `langgraph-nas search`, or give its file "
        "with --database"
    )
