"""A server that writes to its connections whatever it is told to, be it HTTP or not."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

Answer = bytes | Callable[[socket.socket], None]
"""What is written, or a function that writes it."""


def http(
    body: bytes,
    status: str = "200 OK",
    kind: str = "application/json",
    headers: str = "",
) -> bytes:
    """Return an answer with the length of its body."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{headers}\r\n".encode() + body


def trickle(part: bytes, seconds: float, begin: bytes) -> Callable[[socket.socket], None]:
    """Write a part again and again, with pauses, until the client goes."""

    def write(client: socket.socket) -> None:
        client.sendall(begin)
        gone = threading.Event()
        for _ in range(200):
            client.sendall(part)
            gone.wait(seconds)

    return write


class RawServer:
    """Answers by path, and closes each connection."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        """Path -> answer; `*` is for all others."""
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            path = self._read(client)
            self.asked.append(path)
            found = self.answers.get(path, self.answers["*"])
            if callable(found):
                found(client)
            else:
                client.sendall(found)

    def _read(self, client: socket.socket) -> str:
        """Read a whole request; return its path."""
        told = b""
        while b"\r\n\r\n" not in told:
            told += client.recv(65536) or b"\r\n\r\n"
        head, _, body = told.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        while len(body) < int(fields.get("content-length", 0)):
            body += client.recv(65536)
        return lines[0].split(" ")[1] if " " in lines[0] else ""
