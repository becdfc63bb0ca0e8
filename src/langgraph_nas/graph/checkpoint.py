"""Checkpoints in SQLite, beside the archive: what a search resumes from."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import aiosqlite

from langgraph_nas.archive import explain
from langgraph_nas.errors import StorageError
from langgraph_nas.graph.pruning import KEEP
from langgraph_nas.graph.reading import UnreadableCheckpointError
from langgraph_nas.graph.savers import AsyncPruningSqliteSaver, PruningSqliteSaver
from langgraph_nas.session import AnyPath

_PRAGMAS = """
PRAGMA busy_timeout = 10000;
PRAGMA journal_mode = wal;
PRAGMA synchronous = normal;
PRAGMA wal_autocheckpoint = 256;
PRAGMA journal_size_limit = 1048576;
PRAGMA temp_store = memory;
"""
"""Readers never wait, writers wait for each other 10 s, the -wal file stays around 1 MiB.

A kill loses nothing. After a power cut the last checkpoints may be missing, and the search goes
on from the one before.
"""


def checkpoint_path(database: AnyPath) -> Path:
    """Return the file that holds the checkpoints of the searches in `database`.

    Absolute: many builds of SQLite take a relative name that begins with `file:` for an address.
    """
    path = Path(database).absolute()
    return path.with_name(f"{path.stem}.checkpoints.db")


@contextmanager
def open_checkpointer(database: AnyPath, *, keep: int = KEEP) -> Iterator[PruningSqliteSaver]:
    """Open the SQLite checkpointer beside the archive `database`; closed at the end.

    Args:
        database: The archive's file.
        keep: Newest checkpoints that stay, for each thread and namespace.

    Raises:
        StorageError: The file is damaged, or can't be opened or, at any time in the block, written.
    """
    path = checkpoint_path(database)
    _check(path)
    with _explained(path), closing(sqlite3.connect(path, check_same_thread=False)) as connection:
        connection.executescript(_PRAGMAS)
        yield PruningSqliteSaver(connection, keep=keep)


@asynccontextmanager
async def aopen_checkpointer(
    database: AnyPath, *, keep: int = KEEP
) -> AsyncIterator[AsyncPruningSqliteSaver]:
    """Open the checkpointer for `ainvoke`, `astream` and the LangGraph server.

    As `open_checkpointer`.
    """
    path = checkpoint_path(database)
    await asyncio.to_thread(_check, path)
    with _explained(path):
        async with aiosqlite.connect(path) as connection:
            await connection.executescript(_PRAGMAS)
            saver = AsyncPruningSqliteSaver(connection, keep=keep)
            try:
                yield saver
            finally:
                await saver.flush()


def _check(path: Path) -> None:
    """Raise what is wrong with the file or its folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"can't make the folder {path.parent}: {error.strerror}; give another file with "
            "--database"
        ) from error
    with _explained(path), closing(sqlite3.connect(path)) as connection:
        connection.executescript(_PRAGMAS)
        found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise StorageError(_damaged(path, found))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    with explain(path):
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorname", "")  # missing on the driver's own errors
            if not code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
                raise
            raise StorageError(_damaged(path, str(error))) from error
        except UnreadableCheckpointError as error:
            raise StorageError(_damaged(path, str(error))) from error


def _damaged(path: Path, found: str) -> str:
    return (
        f"the checkpoints {path} are damaged ({' '.join(found.split())}); move that file away and "
        "resume: the search then goes through its kept replies and recorded trials again, without "
        "asking an LLM or training twice"
    )
