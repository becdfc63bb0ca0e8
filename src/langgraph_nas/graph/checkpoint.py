"""Checkpoints in SQLite, beside the archive: what a search resumes from."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver

from langgraph_nas.archive import explain
from langgraph_nas.errors import StorageError

BUSY_MILLISECONDS = 10_000


def checkpoint_path(database: Path) -> Path:
    """Return the file that holds the checkpoints of the searches in `database`."""
    return database.with_name(f"{database.stem}.checkpoints.db")


@contextmanager
def open_checkpointer(database: Path) -> Iterator[SqliteSaver]:
    """Open the SQLite checkpointer beside the archive `database`; closed at the end.

    Raises:
        StorageError: The file can't be opened or, at any time in the block, written.
    """
    path = checkpoint_path(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = normal")
    except (OSError, sqlite3.DatabaseError) as error:
        raise StorageError(f"can't open the checkpoints in {path}: {error}") from error
    try:
        with explain(path):  # also for what fails later, in the block that uses it
            yield SqliteSaver(connection)
    finally:
        connection.close()
