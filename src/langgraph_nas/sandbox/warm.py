"""`CellSandbox`: what all kinds of sandbox share; each kind only says how to start a cell.

A cell is single-use. While the LLM writes, `prewarm` starts the next one: it imports torch, maps
the data and takes a dry optimizer step, so that a program meets a process that is ready.
"""

import threading
from abc import ABC, abstractmethod
from typing import Self

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Run, Workload
from langgraph_nas.sandbox.cell import Cell


class CellSandbox(ABC):
    """A `Sandbox` made of single-use cells. Safe to use from several threads.

    A kind defines `name`, `isolation`, `_launch` and a classmethod `probe`. Call
    `super().__init__()`; override `close` only to do more after `super().close()`.
    """

    name: str

    def __init__(self) -> None:
        self._lock = threading.Lock()

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

    def prewarm(self, workload: Workload, limits: Limits) -> None:
        """Start a cell for the next `run` of this workload in the background."""
        raise SandboxError("being written")

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
        raise SandboxError("being written")

    def close(self) -> None:
        """Kill and remove all cells."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
