"""A container as a cell: its streams over one attach socket, and the one safe way to kill it.

The order matters. Attach before start, or early bytes are lost. Close the socket before the
kill: an engine that still has output to deliver into a socket that nobody reads does not answer
the kill. Never stop(): the first process of a container ignores SIGTERM.
"""

import socket
import struct
import threading
import time
from contextlib import suppress
from datetime import datetime
from typing import Any

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.cell import Exit, Stream
from langgraph_nas.sandbox.engine import connect, engine_call, remove_container

_HEADER = struct.Struct(">BxxxI")
"""Stream number and payload length, before each piece of output (Docker's multiplexing)."""
_CHUNK = 1 << 16
_SEND_SECONDS = 60
_SHORTEST = 0.001
"""Seconds; a timeout of 0 would make the socket non-blocking, which fails in another way."""
_LEAVE_SECONDS = 5
"""How long a container whose streams have ended may take to be reported as ended."""


def start_cell(
    image: str, command: list[str], options: dict[str, Any], *, idle_until: float
) -> "DockerCell":
    """Create a container, attach to it, start it.

    Args:
        image: The image to run.
        command: What to run in it.
        options: Keyword arguments of the SDK's `containers.create`.
        idle_until: Monotonic time after which the cell takes no more work, since its container
            would reach its deadline before the work is done.

    Raises:
        SandboxError: The engine can't; nothing is left behind.
    """
    client = connect()
    container = stream = None
    try:
        with engine_call("start a container"):
            container = client.containers.create(image, command, **options).id
            params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            stream = client.api.attach_socket(container, params)
            client.api.start(container)
        return DockerCell(client, container, stream, idle_until=idle_until)
    except BaseException:  # Ctrl-C too: nothing may be left running; it goes on up
        try:
            if container is not None:
                remove_container(client, container)
        finally:
            _hang_up(client, stream)
        raise


class DockerCell:
    """One running container; a `cell.Cell`.

    `send` and `receive` are for one thread at a time; `kill` may come from another.
    """

    def __init__(
        self, client: Any, container: str, stream: Any, *, idle_until: float = float("inf")
    ) -> None:
        self.container = container
        self._client = client
        self._stream = stream
        # Over a Unix or TCP socket the SDK gives a wrapper, over TLS and SSH the thing itself.
        self._socket: socket.socket = getattr(stream, "_sock", stream)
        self._idle_until = idle_until
        self._demultiplexer = Demultiplexer()
        self._ended = False
        self._lock = threading.Lock()
        self._killed = False
        self._exit: Exit | None = None

    def send(self, data: bytes) -> None:
        """Write all of `data` to the container's standard input; see `cell.Cell`."""
        if time.monotonic() > self._idle_until:
            raise BrokenPipeError("the container has waited too long; its deadline is near")
        while self._fetch(_SHORTEST):
            if self._ended:
                raise BrokenPipeError("the container has ended while it waited")
        try:
            self._socket.settimeout(_SEND_SECONDS)
            self._socket.sendall(data)
        except OSError as error:
            raise BrokenPipeError(f"the container takes no input: {error}") from error

    def receive(self, timeout: float) -> tuple[Stream, bytes] | None:
        """Return the next bytes of either stream; see `cell.Cell`."""
        until = time.monotonic() + timeout
        while (piece := self._demultiplexer.take()) is None:
            if self._ended:
                raise EOFError("the container's streams have ended")
            if not self._fetch(max(until - time.monotonic(), _SHORTEST)):
                return None
        return piece

    def _fetch(self, timeout: float) -> bool:
        """Take what the socket holds; False if nothing came in time."""
        try:
            self._socket.settimeout(timeout)
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            return False
        except OSError:
            data = b""  # closed by kill(), or the engine went away
        self._ended = not data
        self._demultiplexer.feed(data)
        return True

    def kill(self) -> None:
        """Kill the container, and with it all that runs in it; see `cell.Cell`."""
        with self._lock:
            if self._killed:
                return
            self._killed = True
            _close(self._socket)
            # `finish` kills again and says what is wrong with the engine.
            with suppress(SandboxError), engine_call("kill a container"):
                self._kill_container()

    def finish(self) -> Exit:
        """Kill, wait, look how it ended, remove; see `cell.Cell`.

        Raises:
            SandboxError: The engine is gone or refuses; `sweep` will remove what is left.
        """
        if self._exit is None:
            try:
                self._exit = self._finish()
            finally:
                _close(self._socket)
                _hang_up(self._client, self._stream)
        return self._exit

    def _finish(self) -> Exit:
        left_alone = self._ended and not self._killed and self._has_left()
        self.kill()
        with engine_call("look at a container"):
            state = self._state()
        remove_container(self._client, self.container)
        if state is None:
            if left_alone:
                raise SandboxError("somebody else removed the container")
            return Exit(None)
        code, starved = int(state["ExitCode"]), bool(state.get("OOMKilled"))
        if left_alone and code > 128 and not starved:
            if self._was_told_to_end(state):
                raise SandboxError("somebody else stopped the container, or Docker is going down")
            starved = code == 128 + 9 and self._may_miss_starving()
        return Exit(code, out_of_memory=starved)

    def _was_told_to_end(self, state: dict[str, Any]) -> bool:
        """Say whether the container was sent a signal through the engine, and not by us."""
        since, until = (_seconds(state[key]) for key in ("StartedAt", "FinishedAt"))
        with engine_call("tell what happened to a container"):
            events = self._client.api.events(
                since=since,
                until=until + 1,  # by the engine's clock; it may have to wait for the full second
                filters={"container": self.container, "event": "kill"},
                decode=True,
            )
            return bool(list(events))  # to their end: only then is their connection free again

    def _may_miss_starving(self) -> bool:
        """Say whether a SIGKILL that is not ours means a lack of memory: with cgroup v2 only.

        There the engine does not always learn why.
        """
        with engine_call("say how it limits memory"):
            return str(self._client.info().get("CgroupVersion")) != "1"

    def _has_left(self) -> bool:
        """Say whether the container ends by itself, now that its streams have ended."""
        until = time.monotonic() + _LEAVE_SECONDS
        while time.monotonic() < until:
            with engine_call("look at a container"):
                state = self._state()
            if state is None or not state["Running"]:
                return True
            time.sleep(0.02)
        return False

    def _state(self) -> dict[str, Any] | None:
        import docker.errors

        try:
            return dict(self._client.api.inspect_container(self.container)["State"])
        except docker.errors.NotFound:
            return None

    def _kill_container(self) -> None:
        import docker.errors

        try:
            self._client.api.kill(self.container)  # returns when it is dead
        except docker.errors.NotFound:
            pass
        except docker.errors.APIError as error:
            if "is not running" not in str(error):
                raise


class Demultiplexer:
    """Takes Docker's multiplexed stream apart, keeping no more of it than it was fed."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._left = 0
        self._stream: Stream = "out"

    def feed(self, data: bytes) -> None:
        """Add bytes as they came from the socket."""
        self._held += data

    def take(self) -> tuple[Stream, bytes] | None:
        """Return the next bytes of one stream, None if more must be fed first."""
        while self._left == 0:
            if len(self._held) < _HEADER.size:
                return None
            number, self._left = _HEADER.unpack_from(self._held)
            self._stream = "err" if number == 2 else "out"
            del self._held[: _HEADER.size]
        if not self._held:
            return None
        piece = bytes(self._held[: min(self._left, _CHUNK)])
        del self._held[: len(piece)]
        self._left -= len(piece)
        return self._stream, piece


def _seconds(time: str) -> int:
    """Return the Unix time, in full seconds, of one that the engine tells."""
    return int(datetime.fromisoformat(f"{time[:19]}+00:00").timestamp())


def _close(sock: socket.socket) -> None:
    """Close a socket so that a thread that waits for it wakes up."""
    # Closed already? An SSH channel says so in its own way.
    with suppress(OSError, TypeError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def _hang_up(client: Any, stream: Any) -> None:
    """Close what was attached, then the client.

    The response of the attach call holds the stream: whoever closes the stream alone leaves it to
    complain of that when it is collected.
    """
    if stream is not None:
        getattr(stream, "_response", stream).close()
        stream.close()
    client.close()
