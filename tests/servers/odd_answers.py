"""A server that answers with whatever it is told to, for tests of answers that are none."""

import json
import threading
from email.message import Message
from http.server import ThreadingHTTPServer
from typing import Any

from servers.json_http import JsonHandler

Answer = tuple[int, Any]
"""HTTP state and body: a text is sent as HTML, anything else as JSON."""


class OddServer(ThreadingHTTPServer):
    """Answers by path; what is not told is 404 with words of its own."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), OddHandler)
        self.answers: dict[str, Answer | list[Answer]] = {}
        """Path -> its answer, or several in order, the last one again and again."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[Message] = []
        """Of all requests."""
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class OddHandler(JsonHandler):
    """One connection."""

    server: OddServer

    def do_GET(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        self.answer(json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0)))))

    def answer(self, body: dict[str, Any]) -> None:
        self.server.asked.append((self.path, body))
        self.server.headers.append(self.headers)
        found = self.server.answers.get(self.path, (404, {"error": "no such route"}))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        status, value = found
        if isinstance(value, str):
            data = value.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        else:
            self.send(value, status)
