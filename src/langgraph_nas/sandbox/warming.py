"""A cell on its way: launched and warmed up in a thread that lives as long as the cell."""

import threading
from collections.abc import Callable
from contextlib import suppress

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.base import Limits, Workload
from langgraph_nas.sandbox.cell import Cell
from langgraph_nas.sandbox.exchange import POLL_SECONDS, Exchange


class Warming:
    """Starts a cell at once, in the background.

    Args:
        launch: Starts the cell; what it raises, `wait` tells.
        workload: The data the cell is warmed up with.
        limits: Its limits.
    """

    def __init__(self, launch: Callable[[], Cell], workload: Workload, limits: Limits) -> None:
        self._launch, self._workload, self._limits = launch, workload, limits
        self._lock = threading.Lock()
        self._exchange: Exchange | None = None
        self._problem: str | None = None
        self._launched = threading.Event()
        self._decided = threading.Event()
        self._discarded = threading.Event()
        self._thread = threading.Thread(target=self._own_cell, name="sandbox-cell", daemon=True)
        self._thread.start()

    def fits(self, workload: Workload, limits: Limits) -> bool:
        """Tell whether it is, or will be, of use for this workload."""
        failed = self._decided.is_set() and self._problem is not None
        return not failed and (workload, limits) == (self._workload, self._limits)

    def wait(self, cancel: threading.Event | None = None) -> Exchange | None:
        """Return the warm cell's exchange; None if `cancel` is set before it is ready.

        Raises:
            SandboxError: The cell did not start or did not get ready; the message says why.
        """
        while not self._decided.wait(POLL_SECONDS):
            if cancel and cancel.is_set():
                return None
        if self._problem is not None or self._exchange is None:
            raise SandboxError(self._problem or "the sandbox was closed")
        return self._exchange

    def launch_problem(self) -> str | None:
        """Return why the cell was not launched, None if it was; whether it gets ready is open."""
        self._launched.wait()
        with self._lock:
            return self._problem if self._exchange is None else None

    def discard(self) -> None:
        """Kill the cell and wait until nothing is left of it. May be called twice."""
        self._discarded.set()
        with self._lock:
            exchange = self._exchange
        if exchange:
            exchange.kill()
        self._thread.join()

    def _own_cell(self) -> None:
        try:
            cell = self._launch()
        except Exception as error:  # Whatever it is: `wait` must not wait for ever.
            self._problem = _said(error)
            self._launched.set()
            self._decided.set()
            return
        exchange = Exchange(cell, self._workload, self._limits)
        with self._lock:
            self._exchange = exchange
        self._launched.set()
        if not self._discarded.is_set():
            self._problem = self._warm_up(exchange)
        self._decided.set()
        # The kernel kills a bubblewrap process together with the *thread* that started it.
        self._discarded.wait()
        # An engine that went away was reported by the run; a later sweep removes what is left.
        with suppress(SandboxError):
            exchange.discard()

    def _warm_up(self, exchange: Exchange) -> str | None:
        try:
            return exchange.warm_up()
        except Exception as error:  # As above.
            return _said(error)


def _said(error: Exception) -> str:
    """Return an error's message; one that no sandbox should raise needs its type's name, too."""
    expected = isinstance(error, SandboxError | OSError)
    return str(error) if expected else f"{type(error).__name__}: {error}"
