"""Ctrl-C in a program that calls `search()`: what runs for the search ends at once, too."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def told_of_ctrl_c(stop: threading.Event) -> Iterator[None]:
    """Set `stop` at a Ctrl-C in this block, then let it raise KeyboardInterrupt as ever.

    LangGraph waits for a node that runs before it lets the exception through, and a node ends
    when its search is stopped. A program that handles the signal itself is left alone.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
