"""Ctrl-C and SIGTERM: the first stops cleanly, the second at once."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

EXIT_CODE = 130
"""As shells report a program that ended by SIGINT."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """What the next signal does.

    Attributes:
        stop: Set by the first signal, once `begun` is set.
        begun: Before the search has begun there is nothing to keep: the first signal then ends
            the set-up by KeyboardInterrupt.
        notice: Called by the first signal that stops a running search.
        seen: Signals so far.
    """

    def __init__(self, notice: Callable[[], None]) -> None:
        self.stop = threading.Event()
        self.begun = False
        self.notice = notice
        self.seen = 0

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Let a signal in this block raise KeyboardInterrupt: somebody is asked, nothing runs."""
        before, self.begun = self.begun, False
        try:
            yield
        finally:
            self.begun, self.seen = before, 0

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Handle one signal. It may interrupt any line, so it only sets flags and writes raw."""
        self.seen += 1
        if self.seen > 1:
            if sys.stderr.isatty():
                os.write(2, b"\x1b[?25h\n")  # the live display hides the cursor
            os._exit(EXIT_CODE)
        if not self.begun:
            raise KeyboardInterrupt
        self.stop.set()
        self.notice()


@contextmanager
def handling(notice: Callable[[], None]) -> Iterator[Interrupts]:
    """Handle Ctrl-C and SIGTERM in this block, where it runs in the main thread.

    After a first signal, a second one ends the program at once beyond the block, too: all that
    is left to do there is to end. Who goes on after that calls it in `given_back`.
    """
    interrupts = Interrupts(notice)
    if not _is_main():
        yield interrupts
        return
    before = {number: signal.signal(number, interrupts.handle) for number in SIGNALS}
    try:
        yield interrupts
    finally:
        if not interrupts.seen:
            _give_back(before)


@contextmanager
def given_back() -> Iterator[None]:
    """Leave the signals, at the end of this block, to whom they were at its beginning."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        if _is_main():
            _give_back(before)


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _give_back(before: Mapping[signal.Signals, Any]) -> None:
    for number, handler in before.items():
        if handler is not None:  # else it is none of Python's, which can't be set from here
            signal.signal(number, handler)
