"""The wire between host and harness: one byte of kind, four of length, then the payload.

Frames only keep a candidate's prints from corrupting a result. They authenticate nothing: a
candidate can write frames of its own, so the host checks whatever they hold.
"""

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

JOB = b"J"
"""Host to harness, JSON: the program, the recipe, whether to send weights."""
READY = b"R"
"""Harness to host, JSON: warmed up, waiting for a job."""
STAGE = b"S"
"""JSON: the stage that begins."""
EPOCH = b"E"
"""JSON: epoch, step, steps."""
FAILURE = b"F"
"""JSON: what the candidate did wrong; the last frame of a failed job."""
PREDICTIONS = b"P"
"""Header JSON (split), then class ids as uint16, little endian."""
WEIGHT = b"W"
"""Header JSON (name, dtype, shape), then the tensor's bytes, little endian."""
DONE = b"D"
"""JSON: claims; the last frame of a job that went well."""

HEADER = struct.Struct(">cI")
KINDS = (JOB, READY, STAGE, EPOCH, FAILURE, PREDICTIONS, WEIGHT, DONE)
MAX_JSON = 1 << 16
"""Bytes of a JSON payload from the harness."""
MAX_JOB = 1 << 26
"""Bytes of a job, which holds the program; from the host, hence trusted."""


class FrameError(ValueError):
    """Bytes that are no frame, or one that is longer than its kind may be."""


class Frame(NamedTuple):
    """One message."""

    kind: bytes
    payload: bytes | memoryview


def encode(kind: bytes, payload: bytes) -> bytes:
    """Return `payload` with its header."""
    return HEADER.pack(kind, len(payload)) + payload


def encode_json(kind: bytes, value: dict[str, Any]) -> bytes:
    """Return a frame that holds `value` as JSON."""
    return encode(kind, json.dumps(value).encode())


def encode_array_head(kind: bytes, header: dict[str, Any], size: int) -> bytes:
    """Return what precedes `size` raw bytes in a frame that holds a JSON header and them."""
    head = json.dumps(header).encode()
    length = 2 + len(head) + size
    return HEADER.pack(kind, length) + struct.pack(">H", len(head)) + head


def read_json(payload: bytes | memoryview) -> dict[str, Any]:
    """Return the JSON object in `payload`.

    Raises:
        FrameError: It is none.
    """
    try:
        value = json.loads(bytes(payload))
    except (ValueError, RecursionError) as error:
        raise FrameError("a frame does not hold JSON") from error
    if not isinstance(value, dict):
        raise FrameError("a frame does not hold a JSON object")
    return value


def read_array(payload: bytes | memoryview) -> tuple[dict[str, Any], memoryview]:
    """Return header and bytes of a `PREDICTIONS` or `WEIGHT` payload.

    Raises:
        FrameError: The header is cut or is no JSON object.
    """
    if len(payload) < 2:
        raise FrameError("a frame's header is cut")
    end = 2 + int(struct.unpack_from(">H", payload)[0])
    if end > len(payload):
        raise FrameError("a frame's header is cut")
    view = memoryview(payload)
    return read_json(view[2:end]), view[end:]


class FrameReader:
    """Cuts a stream of bytes into frames, checking each length before any memory is set aside.

    Args:
        limit_of: Most payload bytes of a frame of this kind.
    """

    def __init__(self, limit_of: Callable[[bytes], int]) -> None:
        self._limit_of = limit_of
        self._held = bytearray()
        self._wanted: int | None = None

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that `data` completes.

        Raises:
            FrameError: An unknown kind or a frame longer than its kind may be.
        """
        self._held += data
        while len(self._held) >= self._next_size():
            size = self._next_size()
            kind = bytes(self._held[:1])
            if self._wanted is None:
                self._wanted = self._check(*HEADER.unpack_from(self._held))
                continue
            self._wanted = None
            yield Frame(kind, self._cut(size))

    def _cut(self, size: int) -> bytes | memoryview:
        """Return the payload of the first frame held, a long one without copying it."""
        held = self._held
        if 2 * size > len(held):
            self._held = held[size:]
            return memoryview(held)[HEADER.size : size]
        payload = bytes(memoryview(held)[HEADER.size : size])
        del held[:size]
        return payload

    def _next_size(self) -> int:
        return HEADER.size + (self._wanted or 0)

    def _check(self, kind: bytes, length: int) -> int:
        if kind not in KINDS:
            raise FrameError(f"unknown kind of frame: {kind!r}")
        if length > self._limit_of(kind):
            raise FrameError(f"a frame of kind {kind!r} is too long: {length:,} bytes")
        return length
