"""Only one process runs a search at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph_nas.errors import StorageError, UsageError


class OwnedError(UsageError):
    """Somebody else runs the search."""


@contextmanager
def sole_owner(name: str, database: Path) -> Iterator[None]:
    """Own a search for the block; the system lets go of it when the process dies.

    Raises:
        OwnedError: Another process runs it.
        StorageError: The lock can't be made.
    """
    from filelock import FileLock, Timeout

    folder = database.with_name(f"{database.stem}.locks")
    lock = FileLock(folder / f"{name}.lock", timeout=0, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise OwnedError(
            f"search {name!r} is running in another process; wait for its end, or stop it first"
        ) from error
    except OSError as error:
        raise StorageError(
            f"can't make the lock {lock.lock_file}: {error.strerror}; make its folder writable"
        ) from error
    try:
        yield
    finally:
        lock.release()
