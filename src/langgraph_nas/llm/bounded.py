"""Answers of model servers are read up to a bound, so that none fills the memory."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langgraph_nas.llm.faults import AnswerTooLongError
from langgraph_nas.llm.sampling import Sampling

LEAST_BYTES = MOST_LISTED = 4 * 2**20
"""Of a reply whatever its limit, and of what a server says of itself and its models."""
BYTES_PER_TOKEN = 2000
"""Of a streamed record; whole answers have a few."""


def most_bytes(sampling: Sampling) -> int:
    """Return the bytes that no honest answer has."""
    return LEAST_BYTES + BYTES_PER_TOKEN * sampling.reply_tokens


def hooks(most: int, *, is_async: bool = False) -> dict[str, Any]:
    """Return the keywords of an httpx client that reads no more of an answer than this.

    What is longer raises AnswerTooLongError while it is read.
    """

    def bound(response: Any) -> None:
        response.stream = (_abounded if is_async else _bounded)(response.stream, most)

    async def abound(response: Any) -> None:
        bound(response)

    return {"event_hooks": {"response": [abound if is_async else bound]}}


def _bounded(inner: Any, most: int) -> Any:
    base: Any = _base(inner, "SyncByteStream")

    class Bounded(base):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            read = 0
            for part in inner:
                read += len(part)
                _check(read, most)
                yield part

        def close(self) -> None:
            inner.close()

    return Bounded()


def _abounded(inner: Any, most: int) -> Any:
    base: Any = _base(inner, "AsyncByteStream")

    class Bounded(base):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            read = 0
            async for part in inner:
                read += len(part)
                _check(read, most)
                yield part

        async def aclose(self) -> None:
            await inner.aclose()

    return Bounded()


def _base(stream: Any, name: str) -> type:
    """Return the base class of a stream; clients bring a fork of httpx with classes of its own."""
    return next(cls for cls in type(stream).__mro__ if cls.__name__ == name)


def _check(read: int, most: int) -> None:
    if read > most:
        raise AnswerTooLongError(f"the server's answer has more than {most:,} bytes")
