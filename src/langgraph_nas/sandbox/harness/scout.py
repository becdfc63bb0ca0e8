"""Processes in which a program is looked at before it is trained.

All that a look does to modules, globals, random numbers, the environment or torch itself ends
with its process: the one that trains runs the program for the first time. They are forked while
nothing is known of a program yet, and before torch has a thread or a GPU, of which a fork would
have but half.
"""

import json
import os
import select
import signal
import socket
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from os import _exit, fork  # bound before a candidate can put something else in its place
from typing import Any

from .wire import Wire

POLL_SECONDS = 0.05
"""How often a scout that says nothing is asked whether it lives: what the candidate started may
hold its line open."""
MOST_BYTES = 1 << 18
"""Of one message; more is none of ours."""

Message = dict[str, Any]


class Line:
    """A scout's end: one job in, messages out, each a line of JSON."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._owner = os.getpid()
        self._turn = threading.Lock()

    def say(self, **message: Any) -> None:
        """Send a message."""
        if os.getpid() != self._owner:
            _exit(4)  # The candidate forked, and this is the child.
        with self._turn:
            self._end.sendall(json.dumps(message).encode() + b"\n")

    def read_job(self) -> Message:
        """Wait for the job, and from then on die with the process that sent it."""
        with self._end.makefile("rb") as lines:
            text = lines.readline()
        if not text:
            _exit(0)
        threading.Thread(target=self._die_with_parent, daemon=True).start()
        job: Message = json.loads(text)
        return job

    def _die_with_parent(self) -> None:
        while self._end.recv(4096):
            pass
        _exit(3)


class Scout:
    """One such process.

    Args:
        live: What it does: warms up, says `warm`, reads its job, looks, and says what it sees.
        wire: Which it lets go of.
    """

    def __init__(self, live: Callable[[Line], None], wire: Wire) -> None:
        self._end, theirs = socket.socketpair()
        self._held = b""
        self._heard: list[Message] = []
        self.exit: int | None = None
        """How it ended, as an exit code, or minus the signal; None while it lives."""
        with warnings.catch_warnings():
            # The one thread there is now is numpy's, which OpenBLAS ends before a fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = fork()
        if self.pid == 0:
            self._end.close()
            wire.let_go()
            be_a_scout(live, Line(theirs))
        theirs.close()

    def wait_until_warm(self) -> None:
        """Wait for its first message.

        Raises:
            RuntimeError: It ended; what it printed says why.
        """
        if next(self.messages(), {}) != {"warm": True}:
            raise RuntimeError("a process for looking at programs did not start")

    def ask(self, job: Message, seconds: float | None = None) -> Iterator[Message]:
        """Send the job and yield what it says, until it ends, or for so many seconds."""
        with suppress(OSError):  # it has ended, which is seen next
            self._end.sendall(json.dumps(job).encode() + b"\n")
        yield from self.messages(seconds)

    def messages(self, seconds: float | None = None) -> Iterator[Message]:
        """Yield what it says, until it ends, or for so many seconds."""
        until = None if seconds is None else time.monotonic() + seconds
        is_over = False
        while self._heard or not is_over:
            if self._heard:
                yield self._heard.pop(0)
                continue
            data = self._receive()
            *lines, self._held = (self._held + (data or b"")).split(b"\n")
            self._heard += filter(None, map(read_message, lines))
            is_late = until is not None and time.monotonic() > until
            is_over = data == b"" or is_late or len(self._held) > MOST_BYTES

    def end(self) -> None:
        """Kill it, if it lives."""
        if self.exit is None:
            os.kill(self.pid, signal.SIGKILL)
            self._reap(0)
        self._end.close()

    def _receive(self) -> bytes | None:
        """Return what it said, b"" if it has ended, None if it has said nothing so far."""
        if self._end.fileno() < 0:
            return b""
        if not select.select([self._end], [], [], POLL_SECONDS)[0]:
            self._reap(os.WNOHANG)
            return None if self.exit is None else b""
        try:
            data = self._end.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self._reap(0)
        return data

    def _reap(self, flags: int) -> None:
        try:
            pid, status = os.waitpid(self.pid, flags)
        except ChildProcessError:  # the candidate waited for all of them
            self.exit = 0
            return
        if pid:
            self.exit = os.waitstatus_to_exitcode(status)


def be_a_scout(live: Callable[[Line], None], line: Line) -> None:
    """Do the one thing that a scout is for, and end the process."""
    code = 1
    try:
        live(line)
        code = 0
    except ConnectionError:
        pass  # the process that trains has ended, and said why
    except BaseException:
        traceback.print_exc()
    finally:
        _exit(code)


def read_message(text: bytes) -> Message:
    """Return a message, empty if it is none."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}
