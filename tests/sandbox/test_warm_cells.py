"""The life of cells, told by scripted ones: warm-up, deadlines, ends, and that none is left."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from langgraph_nas.errors import SandboxError
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


def chunks(lines: tuple[bytes | Chunk, ...]) -> list[Chunk]:
    return [("out", line) if isinstance(line, bytes) else line for line in lines]


def test_a_job_that_goes_well_is_ok_and_its_stages_are_timed(play: Play) -> None:
    run = play(*STAGES, PREDICTED, DONE).run(JOB, WORKLOAD, LIMITS)
    assert run.outcome == "ok"
    assert run.predictions["v"].tolist() == [1, 2, 3]
    assert run.seconds.keys() == {
        "parse",
        "build",
        "forward",
        "preflight",
        "train",
        "predict",
        "total",
    }
    assert run.isolation == "scripted"


def test_frames_may_come_byte_by_byte(play: Play) -> None:
    stream = b"".join([*STAGES, PREDICTED, DONE])
    run = play(*(stream[i : i + 1] for i in range(len(stream)))).run(JOB, WORKLOAD, LIMITS)
    assert run.outcome == "ok"


def test_the_failing_line_is_read_from_the_program_that_the_host_sent(play: Play) -> None:
    failure = {"outcome": "build_error", "message": "E: x", "line_number": 2, "line": "lie"}
    run = play(STAGES[0], encode_json(frames.FAILURE, failure)).run(JOB, WORKLOAD, LIMITS)
    assert (run.line, run.line_number, run.message) == ("b", 2, "E: x")


@pytest.mark.parametrize("number", [0, -1, 99, "1", None, 1.0])
def test_a_line_number_that_is_none_of_the_program_is_dropped(play: Play, number: object) -> None:
    failure = {"outcome": "build_error", "line_number": number, "shapes": "x", "message": 3}
    run = play(STAGES[0], encode_json(frames.FAILURE, failure)).run(JOB, WORKLOAD, LIMITS)
    assert (run.outcome, run.line_number, run.line) == ("build_error", None, None)
    assert (run.shapes, run.message) == ((), "")


@pytest.mark.parametrize(
    ("exit", "outcome", "words"),
    [
        (Exit(0), "protocol_error", "exit code 0"),
        (Exit(1), "protocol_error", "exit code 1"),
        (Exit(None), "protocol_error", "without a result"),
        (Exit(-11), "killed", "signal 11"),
        (Exit(139), "killed", "signal 11"),
        (Exit(137, out_of_memory=True), "out_of_memory", "4096 MiB"),
    ],
)
def test_an_end_without_a_result_is_judged_by_how_it_ended(
    play: Play, exit: Exit, outcome: str, words: str
) -> None:
    run = play(*STAGES[:4], exit=exit).run(JOB, WORKLOAD, LIMITS)
    assert (run.outcome, run.stage) == (outcome, "train")
    assert words in run.message


def test_predictions_without_the_last_frame_do_not_count(play: Play) -> None:
    run = play(*STAGES, PREDICTED).run(JOB, WORKLOAD, LIMITS)
    assert run.outcome == "protocol_error"
    assert run.predictions == {}


@pytest.mark.parametrize(
    "forgery",
    [
        b"a line of text",
        frames.encode_array_head(frames.PREDICTIONS, {"split": "v"}, 8) + b"\0" * 8,
        DONE,
        READY,
        frames.HEADER.pack(frames.WEIGHT, 2**31),
    ],
)
def test_what_is_no_result_is_a_protocol_error(play: Play, forgery: bytes) -> None:
    sandbox = play(*STAGES, forgery, hangs=True)
    assert sandbox.run(JOB, WORKLOAD, LIMITS).outcome == "protocol_error"


def test_building_has_a_deadline_of_its_own(play: Play) -> None:
    limits = replace(LIMITS, build_seconds=0.2)
    run = play(STAGES[0], hangs=True).run(JOB, WORKLOAD, limits)
    assert (run.outcome, run.stage) == ("timeout", "build")
    assert run.seconds["total"] < 2


def test_a_timeout_in_training_says_how_far_it_came(play: Play) -> None:
    epoch = encode_json(frames.EPOCH, {"epoch": 1, "step": 7, "steps": 99})
    limits = replace(LIMITS, wall_seconds=0.3, build_seconds=0.2)
    run = play(*STAGES[:4], epoch, hangs=True).run(JOB, WORKLOAD, limits)
    assert (run.outcome, run.stage) == ("timeout", "train")
    assert "step 7 of 99 in epoch 1" in run.message


def test_output_is_bounded_to_the_byte(play: Play) -> None:
    fits: list[Chunk] = [("err", b"x" * 60), ("err", b"y" * 40)]
    assert play(*fits, *STAGES, PREDICTED, DONE).run(JOB, WORKLOAD, LIMITS).outcome == "ok"
    run = play(*fits, ("err", b"z"), hangs=True).run(JOB, WORKLOAD, LIMITS)
    assert run.outcome == "output_limit"
    assert run.stderr_tail == "x" * 60 + "y" * 40 + "z"


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ((("err", b"Traceback\nImportError: no torch\n"), b"!!!!!"), "ImportError: no torch"),
        ((), "took longer than 0.3 s before it was ready"),
        ((DONE,), "no frame"),
    ],
)
def test_a_warm_up_that_fails_is_the_sandbox_s_fault(
    play: Play, before: tuple[bytes | Chunk, ...], words: str
) -> None:
    limits = replace(LIMITS, warmup_seconds=0.3)
    run = play(before=before).run(JOB, WORKLOAD, limits)
    assert run.outcome == "sandbox_error"
    assert words in run.message


@pytest.mark.parametrize("error", [SandboxError("engine gone"), OSError(28, "disk full")])
def test_a_cell_that_can_not_be_started_is_the_sandbox_s_fault(error: Exception) -> None:
    def fail() -> ScriptedCell:
        raise error

    run = ScriptedSandbox(fail).run(JOB, WORKLOAD, LIMITS)
    assert run.outcome == "sandbox_error"
    assert str(error) in run.message


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


def test_cancel_ends_a_run_and_even_a_warm_up(play: Play) -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    run = play(*STAGES[:4], hangs=True).run(JOB, WORKLOAD, LIMITS, cancel=cancel)
    assert (run.outcome, run.stage) == ("killed", "train")
    assert play(before=()).run(JOB, WORKLOAD, LIMITS, cancel=cancel).outcome == "killed"


def test_close_ends_a_run_in_another_thread(play: Play) -> None:
    sandbox = play(*STAGES[:4], hangs=True)
    threading.Timer(0.2, sandbox.close).start()
    run = sandbox.run(JOB, WORKLOAD, LIMITS)
    assert run.outcome == "killed"
    sandbox.close()
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run(JOB, WORKLOAD, LIMITS)


def test_an_event_callback_that_raises_does_not_leave_the_cell_behind(play: Play) -> None:
    def fail(event: dict[str, object]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(*STAGES, hangs=True).run(JOB, WORKLOAD, LIMITS, on_event=fail)


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
