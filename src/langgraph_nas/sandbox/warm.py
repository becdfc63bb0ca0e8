"""`CellSandbox`: what all kinds of sandbox share; each kind only says how to start a cell.

A cell is single-use. While the LLM writes, `prewarm` starts the next one: it imports torch, maps
the data and takes a dry optimizer step, so that a program meets a process that is ready.
"""

import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Self

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Run, Workload
from langgraph_nas.sandbox.cell import Cell
from langgraph_nas.sandbox.warming import Warming


class CellSandbox(ABC):
    """A `Sandbox` made of single-use cells. Safe to use from several threads.

    A kind defines `name`, `isolation`, `_launch` and a classmethod `probe`. Call
    `super().__init__()`; override `close` only to do more after `super().close()`.
    """

    name: str

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spares: list[Warming] = []
        self._busy: set[Warming] = set()
        self._closed = False
        self._torch: str | None = None

    @property
    @abstractmethod
    def isolation(self) -> str:
        """What results are marked with."""

    @abstractmethod
    def _launch(self, workload: Workload, limits: Limits) -> Cell:
        """Start a cell that runs what `launch.plan_launch` says; don't wait until it is ready.

        Called from a background thread. What it starts must not outlive this host for long.

        Raises:
            SandboxError: It can't be started; the message says why and what to do.
            OSError: As above, from the operating system.
        """

    def prewarm(self, workload: Workload, limits: Limits, spares: int = 1) -> None:
        """Keep `spares` cells for the next runs of this workload, started in the background.

        Those that are more, have failed or are for another workload are thrown away. A run takes
        one and starts no other: the next one warms up when that is asked for again.
        """
        with self._lock:
            if self._closed:
                return
            kept = [spare for spare in self._spares if spare.fits(workload, limits)][:spares]
            useless = [spare for spare in self._spares if spare not in kept]
            missing = spares - len(kept)
            self._spares = kept + [self._start(workload, limits) for _ in range(missing)]
        for spare in useless:
            spare.discard()

    def run(
        self,
        job: Job,
        workload: Workload,
        limits: Limits,
        *,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Run:
        """Run one program in a cell of its own; see `base.Sandbox.run`."""
        warming = self._take(workload, limits)
        try:
            exchange = warming.wait(cancel)
            if exchange is None:
                return Run("killed", "parse", "stopped before it began", isolation=self.isolation)
            self._torch = exchange.torch
            return exchange.run(job, on_event, cancel, self.isolation)
        except SandboxError as error:
            return Run("sandbox_error", "parse", str(error), isolation=self.isolation)
        finally:
            warming.discard()
            with self._lock:
                self._busy.discard(warming)

    def launch_problem(self, *, until_ready: bool = False) -> str | None:
        """Return why the next cell was not launched, None if it was, or none was asked for.

        Args:
            until_ready: Wait until it is ready for a program, too, or why it will not be.
        """
        with self._lock:
            spares = list(self._spares)
        problem = spares[0].launch_problem() if spares else None
        if problem is None and spares and until_ready:
            try:
                spares[0].wait()
            except SandboxError as error:
                return str(error)
        return problem

    def torch_version(self, workload: Workload, limits: Limits) -> str | None:
        """Return that of the last cell that was used, else of the next one once it is ready."""
        if self._torch is None:
            self.prewarm(workload, limits)
            with self._lock:
                spares = list(self._spares)
            # One that does not start is reported, or started again, by the run to come.
            with suppress(SandboxError, IndexError):
                exchange = spares[0].wait()
                self._torch = exchange.torch if exchange else None
        return self._torch

    def close(self) -> None:
        """Kill and remove all cells; a `run` in another thread ends as `killed`."""
        with self._lock:
            self._closed = True
            cells = [*self._busy, *self._spares]
            self._spares = []
        for warming in cells:
            warming.discard()

    def _start(self, workload: Workload, limits: Limits) -> Warming:
        return Warming(lambda: self._launch(workload, limits), workload, limits)

    def _take(self, workload: Workload, limits: Limits) -> Warming:
        with self._lock:
            if self._closed:
                raise SandboxError("this sandbox is closed")
            fitting = [spare for spare in self._spares if spare.fits(workload, limits)]
            if fitting:
                warming = fitting[0]
                self._spares.remove(warming)
            else:
                warming = self._start(workload, limits)
            self._busy.add(warming)
            return warming

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
