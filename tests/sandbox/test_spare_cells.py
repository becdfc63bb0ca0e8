"""Cells that wait for their program: how many, and for which workload."""

import threading
import time
from dataclasses import replace

from fakes.cells import (
    DONE,
    JOB,
    LIMITS,
    PREDICTED,
    READY,
    STAGES,
    WORKLOAD,
    Play,
    ScriptedCell,
    ScriptedSandbox,
    chunks,
)

from langgraph_nas.sandbox.cell import Exit


def test_a_prewarmed_cell_is_used_once_and_only_for_its_workload(play: Play) -> None:
    sandbox = play(*STAGES, PREDICTED, DONE)
    sandbox.prewarm(WORKLOAD, LIMITS)
    sandbox.prewarm(WORKLOAD, LIMITS)
    assert sandbox.run(JOB, WORKLOAD, LIMITS).outcome == "ok"
    assert len(sandbox.cells) == 1
    sandbox.prewarm(replace(WORKLOAD, n_classes=5), LIMITS)
    assert sandbox.run(JOB, WORKLOAD, LIMITS).outcome == "ok"
    assert len(sandbox.cells) == 3


def test_as_many_cells_wait_as_are_asked_for(play: Play) -> None:
    sandbox = play(*STAGES, PREDICTED, DONE)
    sandbox.prewarm(WORKLOAD, LIMITS, spares=3)
    wait_for_cells(sandbox, 3)
    for _ in range(3):
        assert sandbox.run(JOB, WORKLOAD, LIMITS).outcome == "ok"
    assert len(sandbox.cells) == 3  # each run took one, and none was started in its place
    sandbox.prewarm(WORKLOAD, LIMITS, spares=2)
    sandbox.prewarm(WORKLOAD, LIMITS, spares=2)
    wait_for_cells(sandbox, 5)
    sandbox.prewarm(WORKLOAD, LIMITS, spares=0)
    assert [cell.finished for cell in sandbox.cells] == [1] * 5


def wait_for_cells(sandbox: ScriptedSandbox, number: int) -> None:
    deadline = time.monotonic() + 5
    while len(sandbox.cells) < number:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_prewarmed_cell_that_failed_is_not_used(play: Play) -> None:
    scripts = iter([(), (("out", READY),)])
    lines = chunks((*STAGES, PREDICTED, DONE))
    sandbox = ScriptedSandbox(lambda: ScriptedCell(list(next(scripts)), lines, Exit(0)))
    limits = replace(LIMITS, warmup_seconds=0.2)
    sandbox.prewarm(WORKLOAD, limits)
    time.sleep(0.5)
    assert sandbox.run(JOB, WORKLOAD, limits).outcome == "ok"
    sandbox.close()
    assert [cell.finished for cell in sandbox.cells] == [1, 1]


def test_runs_in_parallel_have_cells_of_their_own(play: Play) -> None:
    sandbox = play(*STAGES, PREDICTED, DONE)
    sandbox.prewarm(WORKLOAD, LIMITS)
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(sandbox.run(JOB, WORKLOAD, LIMITS).outcome))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["ok"] * 4
    assert len(sandbox.cells) == 4
