"""The output of a program while it is looked at: shown once, though it runs three times."""

import contextlib
import os
import resource
import sys
from collections.abc import Callable, Iterator

STREAMS = (1, 2)


@contextlib.contextmanager
def held_back(most_bytes: int) -> Iterator[Callable[[], None]]:
    """Hold back what is printed in the block; yield what lets it out.

    Args:
        most_bytes: More than that can be written to no file in the block.
    """
    kept = hidden_file()
    real = os.dup(2)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = most_bytes if hard == resource.RLIM_INFINITY else min(hard, most_bytes)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    for stream in STREAMS:
        os.dup2(kept, stream)

    def let_out() -> None:
        flush()
        with contextlib.suppress(OSError):
            os.write(real, os.pread(kept, most_bytes, 0))

    yield let_out


def hidden_file() -> int:
    """Return a file in memory; where there may be none, what is written is lost."""
    with contextlib.suppress(AttributeError, OSError):
        return os.memfd_create("prints")
    return os.open(os.devnull, os.O_RDWR)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Let nothing that is printed in the block be seen."""
    flush()
    real = [os.dup(stream) for stream in STREAMS]
    silence()
    try:
        yield
    finally:
        flush()
        for stream, own in zip(STREAMS, real, strict=True):
            os.dup2(own, stream)
            os.close(own)


def silence() -> None:
    """Let nothing that is printed from now on be seen."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in STREAMS:
        os.dup2(nothing, stream)
    os.close(nothing)


def flush() -> None:
    """Empty what Python holds of printed text."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the candidate may have closed or replaced it
            stream.flush()
