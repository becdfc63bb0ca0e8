"""JSON over HTTP: whole answers, and streams of them."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from servers.wire import Exchange


class JsonHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def send(self, value: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def play(self, exchange: Exchange) -> None:
        """Send a recorded answer as it came."""
        if not exchange.streams:
            self.send(json.loads("".join(exchange.lines)), exchange.status)
            return
        self.begin_stream(exchange.content_type)
        for line in exchange.lines:
            self.chunk(line.encode())
        self.end_stream()

    def begin_stream(self, kind: str = "application/x-ndjson") -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def record(self, value: dict[str, Any]) -> None:
        self.chunk(json.dumps(value).encode() + b"\n")

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def end_stream(self) -> None:
        self.wfile.write(b"0\r\n\r\n")
