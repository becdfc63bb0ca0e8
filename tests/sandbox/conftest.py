"""Data that a small network can learn, and a way to run the harness without a new Python."""

import contextlib
import json
import os
import select
import signal
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from fakes.cells import READY, Chunk, Play, ScriptedCell, ScriptedSandbox, chunks

from langgraph_nas.sandbox.base import Limits, Recipe, Workload
from langgraph_nas.sandbox.cell import Cell, Exit, Stream
from langgraph_nas.sandbox.launch import plan_launch
from langgraph_nas.sandbox.warm import CellSandbox

pytest.register_assert_rewrite("hostile.suite")

N_TRAIN, N_VALIDATION, N_CLASSES = 400, 112, 4


@pytest.fixture(scope="session")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workload, np.ndarray]:
    """Four noisy patterns, and the labels of the validation split."""
    folder = tmp_path_factory.mktemp("patterns")
    random = np.random.default_rng(43)
    labels = random.integers(0, N_CLASSES, N_TRAIN + N_VALIDATION)
    pattern = random.integers(0, 255, (N_CLASSES, 1, 8, 8))
    noise = random.integers(0, 128, (len(labels), 1, 8, 8))
    images = (pattern[labels] // 2 + noise).clip(0, 255).astype(np.uint8)
    for name, part in (("train", slice(0, N_TRAIN)), ("validation", slice(N_TRAIN, None))):
        (folder / name).mkdir()
        np.save(folder / name / "x.npy", images[part])
    np.save(folder / "train" / "y.npy", labels[:N_TRAIN].astype(np.int64))
    inputs = {"validation": folder / "validation"}
    sizes = {"validation": N_VALIDATION}
    return Workload(folder / "train", inputs, (1, 8, 8), N_CLASSES, sizes), labels[N_TRAIN:]


@pytest.fixture(scope="session")
def workload(patterns: tuple[Workload, np.ndarray]) -> Workload:
    return patterns[0]


@pytest.fixture(scope="session")
def labels(patterns: tuple[Workload, np.ndarray]) -> np.ndarray:
    return patterns[1]


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return Recipe(1, 16, 0.01, 0.9, 5e-4, 43, (0.5,), (0.25,))


class ForkedCell:
    """A cell that is a fork of the test's own process: the harness without its start-up."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        to_child, child_in = os.pipe(), os.pipe()
        child_err = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            for source, target in ((to_child[0], 0), (child_in[1], 1), (child_err[1], 2)):
                os.dup2(source, target)
            os.closerange(3, 256)
            live_inside(arguments)
        for fd in (to_child[0], child_in[1], child_err[1]):
            os.close(fd)
        self._stdin = to_child[1]
        self._open: dict[int, Stream] = {child_in[0]: "out", child_err[0]: "err"}
        self._fds = [to_child[1], child_in[0], child_err[0]]

    def send(self, data: bytes) -> None:
        os.write(self._stdin, data)

    def receive(self, timeout: float) -> tuple[Stream, bytes] | None:
        while self._open:
            ready, _, _ = select.select(list(self._open), [], [], timeout)
            if not ready:
                return None
            if data := os.read(ready[0], 1 << 16):
                return self._open[ready[0]], data
            del self._open[ready[0]]
        raise EOFError

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def finish(self) -> Exit:
        for fd in self._fds:
            os.close(fd)
        return Exit(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]))


def live_inside(arguments: tuple[str, ...]) -> None:
    """Be the harness, and never return into the test."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    try:
        from langgraph_nas.sandbox.harness.serve import serve
        from langgraph_nas.sandbox.harness.wire import Wire

        serve(json.loads(arguments[-1]), Wire())
    finally:
        os._exit(99)


class ForkedSandbox(CellSandbox):
    name = "unsafe-subprocess"
    isolation = "forked"

    def _launch(self, workload: Workload, limits: Limits) -> Cell:
        return ForkedCell(plan_launch(workload, limits, mounted=False, scratch=[]).arguments)


@pytest.fixture(scope="session")
def forked(workload: Workload) -> Iterator[CellSandbox]:
    """A sandbox for programs of our own: everything is real but the start and the walls."""
    import torch

    from langgraph_nas.sandbox.harness.dry_run import dry_run

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    dry_run(
        workload.shape[0], torch.device("cpu")
    )  # So that its imports happen once, before all forks.
    with ForkedSandbox() as sandbox:
        yield sandbox
    torch.set_num_threads(threads)


@pytest.fixture
def play() -> Iterator[Play]:
    """Make sandboxes whose cells follow a script, and check that each cell was finished once."""
    made = []

    def start(
        *after: bytes | Chunk,
        before: tuple[bytes | Chunk, ...] = (READY,),
        exit: Exit = Exit(0),  # noqa: B008
        hangs: bool = False,
    ) -> ScriptedSandbox:
        first, then = chunks(before), chunks(after)
        made.append(ScriptedSandbox(lambda: ScriptedCell(first, then, exit, hangs=hangs)))
        return made[-1]

    yield start
    for sandbox in made:
        sandbox.close()
        assert [cell.finished for cell in sandbox.cells] == [1] * len(sandbox.cells)
