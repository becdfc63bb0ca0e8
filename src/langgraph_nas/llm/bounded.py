"""Answers of model servers are read up to a bound of bytes and seconds.

So none fills the memory, be it packed, and none goes on for ever: a client's own timeout is for the
pause between two pieces, and some servers and gateways send blanks to keep a connection alive.
"""

import time
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langgraph_nas.llm.faults import AnswerTooLongError, AnswerTooSlowError
from langgraph_nas.llm.sampling import Sampling

LEAST_BYTES = MOST_LISTED = 4 * 2**20
"""Of a reply whatever its limit, and of what a server says of itself and its models."""
BYTES_PER_TOKEN = 2000
"""Of a streamed record; whole answers have a few."""
GRACE_SECONDS = 2.0
"""After the time for a reply is over, in which words that come still end it as a cut reply."""
PACKED = ("gzip", "x-gzip", "deflate")
DENSEST = 1000
"""Times that a packed answer may grow, where it can't be seen how long it is."""
_PIECE = 2**16


def bounds(sampling: Sampling, *, is_async: bool = False) -> dict[str, Any]:
    """Return the keywords of an httpx client that reads no more than an honest reply has."""
    return hooks(most_bytes(sampling), sampling.timeout + GRACE_SECONDS, is_async=is_async)


def most_bytes(sampling: Sampling) -> int:
    """Return the bytes that no honest answer has."""
    return LEAST_BYTES + BYTES_PER_TOKEN * sampling.reply_tokens


def hooks(most: int, seconds: float, *, is_async: bool = False) -> dict[str, Any]:
    """Return the keywords of an httpx client that reads no more of an answer than this.

    What is longer raises AnswerTooLongError while it is read, what takes longer AnswerTooSlowError.

    Args:
        most: Bytes, unpacked.
        seconds: From the answer's headers on.
        is_async: For an async client.
    """

    def bound(response: Any) -> None:
        meter = _Meter(most, seconds, response.headers.get("content-encoding", ""))
        response.stream = (_abounded if is_async else _bounded)(response.stream, meter)

    async def abound(response: Any) -> None:
        bound(response)

    return {"event_hooks": {"response": [abound if is_async else bound]}}


class _Meter:
    """Counts the bytes of one answer, and its seconds."""

    def __init__(self, most: int, seconds: float, encoding: str) -> None:
        self._most, self._seconds = most, seconds
        self._end = time.monotonic() + seconds
        self._read = 0
        packing = encoding.strip().lower()
        self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packing in PACKED else None
        if packing not in ("", "identity", *PACKED):
            self._most = most // DENSEST

    def take(self, part: bytes) -> None:
        """Count a part that has come."""
        if time.monotonic() > self._end:
            raise AnswerTooSlowError(f"no end of the answer within {self._seconds:g} s")
        if self._unpack is None:
            self._count(len(part))
        try:
            while self._unpack is not None and part:
                self._count(len(self._unpack.decompress(part, _PIECE)))
                part = self._unpack.unconsumed_tail
        except zlib.error:  # the client meets it, too, or knows another way to unpack it
            self._unpack = None
            self._most //= DENSEST

    def _count(self, size: int) -> None:
        self._read += size
        if self._read > self._most:
            raise AnswerTooLongError(f"the server's answer has more than {self._most:,} bytes")


def _bounded(inner: Any, meter: _Meter) -> Any:
    base: Any = _base(inner, "SyncByteStream")

    class Bounded(base):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            for part in inner:
                meter.take(part)
                yield part

        def close(self) -> None:
            inner.close()

    return Bounded()


def _abounded(inner: Any, meter: _Meter) -> Any:
    base: Any = _base(inner, "AsyncByteStream")

    class Bounded(base):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for part in inner:
                meter.take(part)
                yield part

        async def aclose(self) -> None:
            await inner.aclose()

    return Bounded()


def _base(stream: Any, name: str) -> type:
    """Return the base class of a stream; clients bring a fork of httpx with classes of its own."""
    return next(cls for cls in type(stream).__mro__ if cls.__name__ == name)
