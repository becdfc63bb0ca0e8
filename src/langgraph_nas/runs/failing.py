"""Workers of which one fails: the others begin nothing more."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """Set `stop` as soon as what is inside fails.

    A pool takes the next piece of work before it tells anybody of an error, so that whoever waits
    for the pool sets it too late. Inside a lock (`with lock, stopping(stop)`) it is set before the
    lock is free.
    """
    try:
        yield
    except BaseException:  # whatever it is, Ctrl-C too; it goes on up
        stop.set()
        raise
