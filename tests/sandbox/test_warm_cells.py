"""The life of cells, told by scripted ones: warm-up, deadlines, ends, and that none is left."""

import threading
from dataclasses import replace

import pytest
from fakes.cells import (
    DONE,
    JOB,
    LIMITS,
    PREDICTED,
    READY,
    STAGES,
    WORKLOAD,
    Chunk,
    Play,
    ScriptedCell,
    ScriptedSandbox,
)

from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.cell import Exit
from langgraph_nas.sandbox.harness import frames
from langgraph_nas.sandbox.harness.frames import encode_json


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


def test_a_launch_of_somebody_s_own_may_raise_anything_and_is_not_waited_for() -> None:
    def fail() -> ScriptedCell:
        raise KeyError("socket")

    run = ScriptedSandbox(fail).run(JOB, WORKLOAD, LIMITS)
    assert (run.outcome, run.message) == ("sandbox_error", "KeyError: 'socket'")


def test_a_cell_of_somebody_s_own_may_raise_anything_while_it_warms_up() -> None:
    class Broken(ScriptedCell):
        def receive(self, timeout: float) -> Chunk | None:
            raise AttributeError("no such stream")

    run = ScriptedSandbox(lambda: Broken([], [], Exit(0))).run(JOB, WORKLOAD, LIMITS)
    assert (run.outcome, run.message) == ("sandbox_error", "AttributeError: no such stream")


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
