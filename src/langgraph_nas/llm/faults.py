"""Which errors of model clients mean that the server was away, and how long to wait then."""

import sys
from collections.abc import Iterator
from itertools import count
from json import JSONDecodeError

LONGEST_PAUSE = 60.0
"""Seconds."""

TRANSIENT = (408, 425, 429)
"""HTTP states below 500 that a later attempt may not meet."""


class BrokenReplyError(ConnectionError):
    """A reply ended before the server said that it was complete."""


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each retry: 1, 2, 4 and so on, at most a minute."""
    for attempt in count():
        yield min(LONGEST_PAUSE, 2.0 ** min(attempt, 16))


def is_loss(error: BaseException) -> bool:
    """Tell whether the server was away, slow or broken, so that another attempt may succeed."""
    import httpx

    if isinstance(error, httpx.TransportError | ConnectionError | TimeoutError | JSONDecodeError):
        return True
    status = status_of(error)
    if status is not None:
        # -1 is how the ollama client marks an error that came in the middle of a stream.
        return status == -1 or status >= 500 or status in TRANSIENT
    # ChatOllama's words for a stream that ended before its first record.
    if isinstance(error, ValueError) and "No data received from Ollama stream" in str(error):
        return True
    openai = sys.modules.get("openai")  # an optional package: its errors come only if it is loaded
    return openai is not None and isinstance(error, openai.APIConnectionError)


def status_of(error: BaseException) -> int | None:
    """Return the HTTP state that a client's error carries, None for other errors."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def words_of(error: BaseException) -> str:
    """Return what an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
