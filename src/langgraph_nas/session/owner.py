"""Only one process runs a search at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph_nas.errors import StorageError, UsageError


class OwnedError(UsageError):
    """Somebody else runs the search."""


LOOK_SECONDS = 0.2


def is_owned(name: str, database: Path) -> bool:
    """Return whether a living process runs the search; True where that can't be told."""
    from filelock import FileLock, Timeout

    path = _lock_path(name, database)
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0, thread_local=False):
            return False
    except (Timeout, OSError):
        return True


def status_now(name: str, status: str, database: Path) -> str:
    """Return how a search stands: `killed` if it is recorded as running and nobody runs it."""
    return "killed" if status == "running" and not is_owned(name, database) else status


@contextmanager
def sole_owner(name: str, database: Path) -> Iterator[None]:
    """Own a search for the block; the system lets go of it when the process dies.

    Raises:
        OwnedError: Another process runs it.
        StorageError: The lock can't be made.
    """
    from filelock import FileLock, Timeout

    path = _lock_path(name, database)
    # Somebody who looks whether it runs holds it for a moment, see `is_owned`.
    lock = FileLock(path, timeout=LOOK_SECONDS, thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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


def _lock_path(name: str, database: Path) -> Path:
    return database.with_name(f"{database.stem}.locks") / f"{name}.lock"
