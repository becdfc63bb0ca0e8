"""Work out a claim in a fork, beside the training: it costs no time and can break nothing."""

import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from os import _exit, fork  # bound before a candidate can put something else in its place

import torch

from .wire import Wire

MAX_BYTES = 200
LONGEST_SECONDS = 30
GO = b"1"


class Aside:
    """A function that runs in a child process, on one thread, and sees all as it is now.

    Nothing that it does to the network, to modules or to random numbers is seen by the training.
    It does not begin before `start`, and never where there is no room for another process.

    Args:
        action: Returns a short text, or None.
        wire: Which the child lets go of.
    """

    def __init__(self, action: Callable[[], str | None], wire: Wire) -> None:
        self._end, own = os.pipe()
        go, self._go = os.pipe()
        self._child: int | None = None
        with suppress(OSError):  # the candidate may have taken all processes or memory
            self._child = fork()
        if self._child == 0:
            os.close(self._go)
            self._work(action, wire, go, own)
        os.close(go)
        os.close(own)

    def start(self) -> None:
        """Let the function begin."""
        with suppress(OSError):  # the child may have died, or the candidate have closed the pipe
            os.write(self._go, GO)
            os.close(self._go)

    def result(self, seconds: float) -> str | None:
        """Return what the function returned; None if it failed or is not ready within `seconds`."""
        if self._child is None:
            return None
        ready = select.select([self._end], [], [], seconds)[0]
        text = os.read(self._end, MAX_BYTES).decode("ascii", "replace") if ready else ""
        os.close(self._end)
        with suppress(ProcessLookupError, ChildProcessError):  # the candidate may have waited
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
        return text or None

    def _work(self, action: Callable[[], str | None], wire: Wire, go: int, own: int) -> None:
        try:
            wire.let_go()
            if os.read(go, 1) != GO:  # the parent has ended
                return
            # Where no container ends it together with its parent, this does.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(LONGEST_SECONDS)
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            torch.set_num_threads(1)  # a fork has none of its parent's threads
            os.write(own, (action() or "").encode()[:MAX_BYTES])
        finally:
            _exit(0)
