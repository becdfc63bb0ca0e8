"""A check of what was read as a checkpoint: SQLite has no checksums, so damage may pass it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langgraph.checkpoint.base import CheckpointTuple

_MAPS = ("channel_values", "channel_versions", "versions_seen")


class UnreadableCheckpointError(ValueError):
    """What lies there as a checkpoint is none: damage that SQLite does not see."""


@contextmanager
def readable() -> Iterator[None]:
    """Raise `UnreadableCheckpointError` for what msgpack, JSON or UTF-8 can't make sense of."""
    try:
        yield
    except ValueError as error:
        raise UnreadableCheckpointError(str(error)) from error


def whole(found: CheckpointTuple | None) -> CheckpointTuple | None:
    """Return what was read; zeros, as of a page that was never written, are read as numbers.

    Raises:
        ValueError: It has not the shape of a checkpoint.
    """
    if found is not None:
        maps: list[Any] = [found.checkpoint]
        maps += [found.checkpoint.get(key) for key in _MAPS]
        if any(not isinstance(m, dict) or not all(isinstance(k, str) for k in m) for m in maps):
            raise ValueError("a checkpoint has not all its parts")
    return found
