"""Processes that a program started while it was looked at, and which must not meet its training."""

import ctypes
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

ADOPT = 36
"""PR_SET_CHILD_SUBREAPER of Linux's prctl."""
PATIENCE_SECONDS = 5


def adopt(*, orphans: bool) -> None:
    """From now on, be the parent of all that descend from this process and lose theirs, or not."""
    with suppress(AttributeError, OSError):  # not on macOS
        ctypes.CDLL(None).prctl(ADOPT, int(orphans), 0, 0, 0)


def end_children(but: tuple[int, ...] = ()) -> None:
    """Kill all children, and theirs as they come, but for some.

    Only what goes on forking faster than it is killed outlives this.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := [pid for pid in children() if pid not in but]) and time.monotonic() < until:
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in found:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def children() -> list[int]:
    """Return the children of this process; none where the system does not list them."""
    found: list[int] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # the thread has ended meanwhile
            found += map(int, task.read_text().split())
    return found
