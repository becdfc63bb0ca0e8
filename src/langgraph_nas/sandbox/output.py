"""The output of a candidate: counted in full, kept as a head and a tail."""

KEPT = 4096
"""Bytes kept of each end."""


class Output:
    """A bounded record of a stream of any length.

    Args:
        allowed: Bytes that may come before `exceeded` is true.
    """

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._head = b""
        self._tail = b""
        self._count = 0

    def add(self, data: bytes) -> None:
        """Take more of the stream."""
        room = KEPT - len(self._head)
        self._head += data[: max(0, room)]
        self._tail = (self._tail + data[max(0, room) :])[-KEPT:]
        self._count += len(data)

    @property
    def exceeded(self) -> bool:
        """Whether more came than is allowed."""
        return self._count > self._allowed

    def text(self) -> str:
        """Return head and tail as text, with a line between them that says what is left out."""
        missing = self._count - len(self._head) - len(self._tail)
        gap = f"\n... {missing:,} bytes left out ...\n".encode() if missing else b""
        return (self._head + gap + self._tail).decode(errors="replace")
