"""The name of a new search: the one that was asked for, or one that nobody has or just takes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.session import OwnedError, sole_owner
from langgraph_nas.session.frozen import refuse_taken


@contextmanager
def new_owned(
    name: str | None, prefix: str, config: SearchConfig, archive: Archive
) -> Iterator[str]:
    """Own a new search for the block; yields its name.

    Args:
        name: The name that was asked for; None: a free one.
        prefix: What a free name begins with.
        config: The settings of the new search.
        archive: Where it will be recorded.

    Raises:
        UsageError: The name that was asked for is taken.
        StorageError: The lock can't be made.
    """
    if name is not None:
        refuse_taken(name, config, archive)
        with sole_owner(name, archive.path):
            yield name
        return
    with ExitStack() as stack:
        for free in archive.free_names(prefix):
            try:
                stack.enter_context(sole_owner(free, archive.path))
            except OwnedError:
                continue  # another process was faster
            break
        yield free
