"""Programs evaluated without an LLM: one after the other, or several at a time."""

import threading
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program

from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import SandboxError
from langgraph_nas.runs import evaluate_files
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Run, Workload
from langgraph_nas.sandbox.machine import usable_cpus

CONFIG = SearchConfig(sandbox_retries=0)


class GatedSandbox(FakeSandbox):
    """Programs of width w wait for gate w, or for the end; says when each trains."""

    def __init__(self, digits: PreparedData) -> None:
        super().__init__(labels=digits.labels)
        self.gates: dict[int, threading.Event] = {}
        self.spares: list[int] = []
        self.running, self.most = 0, 0
        self._lock = threading.Lock()

    def prewarm(self, workload: Workload, limits: Limits, spares: int = 1) -> None:
        self.spares.append(spares)

    def run(
        self,
        job: Job,
        workload: Workload,
        limits: Limits,
        *,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Run:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            assert on_event is not None
            on_event({"event": "stage", "stage": "train"})
            for width, gate in self.gates.items():
                if f"Linear({width}," in job.program:
                    while not gate.wait(0.01):
                        if cancel is not None and cancel.is_set():
                            return Run(outcome="killed", stage="train")
            return super().run(job, workload, limits, on_event=on_event, cancel=cancel)
        finally:
            with self._lock:
                self.running -= 1


@pytest.fixture
def gated(digits: PreparedData) -> GatedSandbox:
    return GatedSandbox(digits)


def write(folder: Path, *outcomes: Any) -> list[Path]:
    """Write a program for each outcome; number n, from 1, has width n."""
    files = [folder / f"{number}.py" for number in range(1, len(outcomes) + 1)]
    for number, (file, outcome) in enumerate(zip(files, outcomes, strict=True), start=1):
        file.write_text(program(outcome, number))
    return files


def test_a_byte_order_mark_is_no_syntax_error(gated: GatedSandbox, tmp_path: Path) -> None:
    (file,) = write(tmp_path, 0.5)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert evaluate_files([file], CONFIG, sandbox=gated)[0]["outcome"] == "ok"


def test_results_come_in_the_order_of_the_files_whoever_is_first(
    gated: GatedSandbox, tmp_path: Path
) -> None:
    files = write(tmp_path, 0.5, "forward_error", 0.25, 0.75)
    first = gated.gates[1] = threading.Event()
    told: list[str] = []

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "evaluated":
            told.append(Path(event["file"]).name)
            if len(told) == 3:
                first.set()

    results = evaluate_files(files, CONFIG, parallel=2, sandbox=gated, on_event=on_event)
    assert told == ["2.py", "3.py", "4.py", "1.py"]
    assert [result["file"] for result in results] == [str(file) for file in files]
    assert [result["outcome"] for result in results] == ["ok", "forward_error", "ok", "ok"]
    assert gated.most == 2


def test_events_carry_the_name_of_their_file(gated: GatedSandbox, tmp_path: Path) -> None:
    file, *_ = write(tmp_path, 0.5)
    events: list[dict[str, Any]] = []
    evaluate_files([file], CONFIG, sandbox=gated, on_event=events.append)
    assert [event["event"] for event in events] == ["evaluating", "stage", "evaluated"]
    assert {event["file"] for event in events} == {str(file)}
    assert (events[0]["number"], events[0]["of"]) == (1, 1)


def test_cpus_are_divided_between_the_sandboxes_unless_they_are_set(
    gated: GatedSandbox, tmp_path: Path
) -> None:
    files = write(tmp_path, 0.5, 0.5)
    evaluate_files(files, CONFIG, sandbox=gated)
    evaluate_files(files, CONFIG, sandbox=gated, parallel=5)
    set_cpus = CONFIG.model_copy(update={"cpus": 3.0})
    evaluate_files(files, set_cpus, sandbox=gated, parallel=2)
    cpus = [limits.cpus for limits in gated.limits]
    assert cpus == [None] * 2 + [usable_cpus() / 2] * 2 + [3.0] * 2


@pytest.mark.parametrize(
    ("settings", "spares"),
    [
        ({"cpus": 3.0}, [1, 1]),  # none for the last
        ({"device": "cuda"}, [1, 1]),
        ({"cpus": 4.0}, []),
        ({}, []),
    ],
)
def test_the_next_sandbox_warms_up_while_a_program_trains_where_cpus_are_left(
    gated: GatedSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    spares: list[int],
) -> None:
    for module in ("runs.evaluate", "sandbox.launch"):
        monkeypatch.setattr(f"langgraph_nas.{module}.usable_cpus", lambda: 4)
    config = CONFIG.model_copy(update=settings)
    evaluate_files(write(tmp_path, 0.5, 0.5, 0.5), config, sandbox=gated)
    assert gated.spares == spares


def test_no_more_sandboxes_warm_up_than_run_at_a_time(
    gated: GatedSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("langgraph_nas.runs.evaluate.usable_cpus", lambda: 64)
    config = CONFIG.model_copy(update={"cpus": 1.0})
    evaluate_files(write(tmp_path, *[0.5] * 5), config, sandbox=gated, parallel=3)
    assert max(gated.spares) <= 3
    assert len(gated.spares) <= 4  # none for the last


@pytest.mark.parametrize("parallel", [1, 2])
def test_a_failing_sandbox_stops_the_rest_and_what_is_finished_was_told(
    gated: GatedSandbox, tmp_path: Path, parallel: int
) -> None:
    files = write(tmp_path, 0.5, "sandbox_error", 0.5, 0.5)
    gated.gates |= {2: threading.Event(), 3: threading.Event()}
    told: list[str] = []

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "evaluated":
            told.append(Path(event["file"]).name)
            gated.gates[2].set()

    with pytest.raises(SandboxError, match="failed 1 times"):
        evaluate_files(files, CONFIG, parallel=parallel, sandbox=gated, on_event=on_event)
    assert told == ["1.py"]
    assert gated.running == 0
    assert not any("Linear(4," in job.program for job in gated.jobs)


def test_an_interrupt_kills_all_that_run(gated: GatedSandbox, tmp_path: Path) -> None:
    files = write(tmp_path, 0.5, 0.5, 0.5)
    gated.gates |= {1: threading.Event(), 2: threading.Event()}

    def on_event(event: dict[str, Any]) -> None:
        if event["event"] == "stage" and gated.running == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_files(files, CONFIG, parallel=2, sandbox=gated, on_event=on_event)
    assert gated.running == 0
    assert len(gated.jobs) == 0


def test_after_a_failing_event_no_other_program_begins(gated: GatedSandbox, tmp_path: Path) -> None:
    begun: list[int] = []

    def on_event(event: dict[str, Any]) -> None:
        begun.append(event["number"])
        raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError, match="the screen is gone"):
        evaluate_files(
            write(tmp_path, *[0.5] * 4), CONFIG, parallel=3, sandbox=gated, on_event=on_event
        )
    assert len(begun) == 1
    assert gated.jobs == []
