"""A server of Ollama's protocol that is restarted."""

import contextlib
import socket
import threading
from http.server import ThreadingHTTPServer
from typing import Any

from servers.ollama_protocol import Handler, HttpServer, OllamaProtocolServer


class SamePort(HttpServer):
    """Listens where its predecessor did, and can cut off all who are connected."""

    def __init__(self, protocol: OllamaProtocolServer, port: int) -> None:
        self._clients: list[socket.socket] = []
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", port), Handler)
        self.protocol = protocol

    def get_request(self) -> tuple[socket.socket, Any]:
        client, address = super().get_request()
        self._clients.append(client)
        return client, address

    def die(self) -> None:
        """Listen no more, and leave whoever waits for a reply without one."""
        self.shutdown()
        self.server_close()
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)


class RestartedServer(OllamaProtocolServer):
    """Can be stopped, in the middle of a reply as well, and started again at the same address."""

    def __post_init__(self) -> None:
        self.start(0)

    def start(self, port: int | None = None) -> None:
        self._http = SamePort(self, self._http.server_address[1] if port is None else port)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._http.die()

    def restart(self, away: float) -> None:
        """Be away for some seconds, from now on; returns at once."""
        self.stop()
        threading.Timer(away, self.start).start()
