"""A cell that is a child process of the host, as bubblewrap and the plain subprocess use it."""

import os
import selectors
import signal
import subprocess
from collections.abc import Mapping, Sequence

from langgraph_nas.sandbox.cell import Exit, Stream

CHUNK = 1 << 16
GRACE_SECONDS = 1.0
"""What a process that has closed its streams gets to end by itself."""


class ProcessCell:
    """Runs a command in a session of its own; implements `Cell`.

    Args:
        command: The command line.
        environment: Its whole environment.
        fds: Descriptors that it inherits beside its standard streams.
        folder: Its working directory.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        fds: Sequence[int] = (),
        folder: str = "/",
    ) -> None:
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            pass_fds=fds,
        )
        self._selector = selectors.DefaultSelector()
        streams: tuple[Stream, Stream] = ("out", "err")
        for stream, pipe in zip(streams, (self._process.stdout, self._process.stderr), strict=True):
            assert pipe is not None
            self._selector.register(pipe, selectors.EVENT_READ, stream)

    @property
    def pid(self) -> int:
        """Process id of the command on the host."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs; the number of one that was waited for may be another's now."""
        return self._process.poll() is None

    def send(self, data: bytes) -> None:
        """Write all of `data` to its standard input."""
        assert self._process.stdin is not None
        view = memoryview(data)
        while view:
            view = view[os.write(self._process.stdin.fileno(), view) :]

    def receive(self, timeout: float) -> tuple[Stream, bytes] | None:
        """Return the next bytes of either stream, None after `timeout` seconds."""
        while self._selector.get_map():
            ready = self._selector.select(timeout)
            if not ready:
                return None
            for key, _ in ready:
                if data := os.read(key.fd, CHUNK):
                    return key.data, data
                self._selector.unregister(key.fileobj)
        raise EOFError

    def kill(self) -> None:
        """Kill its process group."""
        if self.alive:
            os.killpg(self._process.pid, signal.SIGKILL)

    def finish(self) -> Exit:
        """Wait for the end and close the pipes."""
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        return Exit(self._process.returncode)
