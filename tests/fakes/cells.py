"""Cells that follow a script, and what their lines are."""

import threading
from collections.abc import Callable
from pathlib import Path

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.cell import Cell, Exit, Stream
from langgraph_nas.sandbox.harness import frames
from langgraph_nas.sandbox.harness.frames import encode_json
from langgraph_nas.sandbox.ledger import ORDER
from langgraph_nas.sandbox.warm import CellSandbox

RECIPE = Recipe(1, 16, 0.01, 0.9, 5e-4, 43, (0.5,), (0.25,))
JOB = Job("a\n  b  \nc\n", RECIPE)
WORKLOAD = Workload(Path("train"), {"v": Path("v")}, (1, 8, 8), 4, {"v": 3})
LIMITS = Limits(wall_seconds=5, build_seconds=5, warmup_seconds=5, output_bytes=100)

READY = encode_json(frames.READY, {})
STAGES = [encode_json(frames.STAGE, {"stage": stage}) for stage in ORDER[1:]]
PREDICTED = frames.encode_array_head(frames.PREDICTIONS, {"split": "v"}, 6) + b"\1\0\2\0\3\0"
DONE = encode_json(frames.DONE, {"claims": {"parameters": 5}})

Chunk = tuple[Stream, bytes]


class ScriptedCell:
    """Says its lines: `before` the job comes, `after` it, then ends or hangs."""

    def __init__(
        self, before: list[Chunk], after: list[Chunk], exit: Exit, *, hangs: bool = False
    ) -> None:
        self._lines, self._after, self._exit, self._hangs = list(before), after, exit, hangs
        self._killed = threading.Event()
        self._job = threading.Event()
        self.finished = 0

    def send(self, data: bytes) -> None:
        if self._killed.is_set():
            raise BrokenPipeError
        self._lines += self._after
        self._job.set()

    def receive(self, timeout: float) -> Chunk | None:
        if self._killed.is_set():
            raise EOFError
        if self._lines:
            return self._lines.pop(0)
        if self._job.is_set() and not self._hangs:
            raise EOFError
        self._killed.wait(timeout)
        return None

    def kill(self) -> None:
        self._killed.set()

    def finish(self) -> Exit:
        self.finished += 1
        return Exit(-9) if self._killed.is_set() else self._exit


class ScriptedSandbox(CellSandbox):
    name = "unsafe-subprocess"
    isolation = "scripted"

    def __init__(self, make: Callable[[], ScriptedCell]) -> None:
        super().__init__()
        self._make = make
        self.cells: list[ScriptedCell] = []

    def _launch(self, workload: Workload, limits: Limits) -> Cell:
        self.cells.append(self._make())
        return self.cells[-1]


Play = Callable[..., ScriptedSandbox]
"""See the fixture `play`."""


def chunks(lines: tuple[bytes | Chunk, ...]) -> list[Chunk]:
    return [("out", line) if isinstance(line, bytes) else line for line in lines]
