"""The harness's end of the wire to the host."""

import os
import threading
from os import _exit  # bound before a candidate can put something else in its place
from typing import Any

import numpy as np

from . import frames


class HostGone(Exception):
    """Standard input has ended: nobody waits for a result any more."""


class Wire:
    """Frames to and from the host, out of the way of whatever the candidate prints or reads.

    Takes over the file descriptors 0 and 1: the candidate finds an empty standard input, and
    its standard output joins standard error.
    """

    def __init__(self) -> None:
        self._in, self._out = os.dup(0), os.dup(1)
        self._owner = os.getpid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)

    def send(self, kind: bytes, value: dict[str, Any]) -> None:
        """Send a JSON frame."""
        self._write(frames.encode_json(kind, value))

    def send_array(self, kind: bytes, header: dict[str, Any], array: np.ndarray[Any, Any]) -> None:
        """Send an array's bytes with a JSON header, without copying them."""
        flat: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        self._write(frames.encode_array_head(kind, header, len(flat)))
        self._write(memoryview(flat))

    def read_job(self) -> dict[str, Any]:
        """Wait for the job.

        Raises:
            HostGone: The host died or has no job.
        """
        kind, length = frames.HEADER.unpack(self._read(frames.HEADER.size))
        if kind != frames.JOB or length > frames.MAX_JOB:
            raise frames.FrameError(f"expected a job, got {kind!r} of {length} bytes")
        return frames.read_json(self._read(length))

    def read_array(self) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
        """Wait for a tensor; return its header and its values, which may be written to.

        Raises:
            HostGone: The host died.
        """
        kind, length = frames.HEADER.unpack(self._read(frames.HEADER.size))
        if kind != frames.WEIGHT:
            raise frames.FrameError(f"expected a tensor, got {kind!r}")
        header, data = frames.read_array(self._read(length))
        flat = np.frombuffer(bytearray(data), dtype=np.dtype(header["dtype"]))
        return header, flat.reshape(header["shape"])

    def watch_host(self) -> None:
        """From now on, die as soon as the host does."""
        threading.Thread(target=self._die_with_host, daemon=True).start()

    def let_go(self) -> None:
        """Close this process's copy, which would keep the host waiting for an end of it."""
        os.close(self._in)
        os.close(self._out)

    def _die_with_host(self) -> None:
        while os.read(self._in, 4096):
            pass
        _exit(3)

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            chunk = os.read(self._in, size - len(data))
            if not chunk:
                raise HostGone
            data += chunk
        return bytes(data)

    def _write(self, data: bytes | memoryview) -> None:
        if os.getpid() != self._owner:
            _exit(4)  # The candidate forked, and this is the child.
        view = memoryview(data)
        while view:
            view = view[os.write(self._out, view[: 1 << 20]) :]
