"""The seam between what all sandboxes do and how one kind starts and kills a process."""

from dataclasses import dataclass
from typing import Literal, Protocol

Stream = Literal["out", "err"]


@dataclass(frozen=True)
class Exit:
    """How a cell ended, from the kernel or the engine, never from the process itself."""

    exit_code: int | None
    """Negative or 128+n for a signal, as the platform reports it."""
    out_of_memory: bool = False


class Cell(Protocol):
    """One single-use sandboxed process that runs the harness.

    Its standard input takes frames from the host, its standard output gives frames back, its
    standard error is whatever the candidate prints.
    """

    def send(self, data: bytes) -> None:
        """Write all of `data` to its standard input.

        Raises:
            BrokenPipeError: It is gone.
        """
        ...

    def receive(self, timeout: float) -> tuple[Stream, bytes] | None:
        """Return the next bytes of either stream (at most 64 KiB), None after `timeout` seconds.

        Raises:
            EOFError: Both streams have ended.
        """
        ...

    def kill(self) -> None:
        """Kill it and all it started, at once.

        May be called more than once, from another thread, and after `finish`.
        """
        ...

    def finish(self) -> Exit:
        """Wait, remove all its traces, and say how it ended. Called once.

        Without a `kill` before, it gets up to a second to end by itself (both its streams have
        ended, so the exit code is still to come), and is then killed.
        """
        ...
