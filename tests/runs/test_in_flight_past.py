"""Several trials in flight, gone through again: replays, lost checkpoints, ends that move."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.in_flight import SlowSandbox, assert_whole, models, searched, settings
from fakes.replays import compared

from langgraph_nas import Archive, SearchConfig, UsageError, replay, resume, search
from langgraph_nas.datasets import PreparedData
from langgraph_nas.graph import checkpoint_path

Delay = Callable[[int], float]


def given(folder: Path, digits: PreparedData, slow: Delay) -> dict[str, Any]:
    return {"database": folder / "s.db", "sandbox": SlowSandbox(digits, slow), **models()}


def stopping_at(iteration: int) -> dict[str, Any]:
    stop = threading.Event()

    def tell(event: dict[str, Any]) -> None:
        if event["event"] == "iteration_ended" and event["iteration"] == iteration:
            stop.set()

    return {"stop": stop, "on_event": tell}


@pytest.mark.parametrize(
    "slow", [lambda width: 5 if width == 2 else 0.03, lambda width: 0.03 + 0.11 * (width % 3)]
)
def test_a_stopped_one_replays_as_far_as_it_came(
    tmp_path: Path, digits: PreparedData, slow: Delay
) -> None:
    search(settings(), name="s", **given(tmp_path, digits, slow), **stopping_at(6))
    with Archive.open(tmp_path / "s.db") as archive:
        closed = [trial["iteration"] for trial in archive.trials("s")]
        assert archive.begun("s") > len(closed)
    replay("s", database=tmp_path / "s.db", sandbox=FakeSandbox(labels=digits.labels))
    assert compared(tmp_path / "s.db", "s").same
    with Archive.open(tmp_path / "s.db") as archive:
        assert [trial["iteration"] for trial in archive.trials("s-replay-1")] == closed


@pytest.mark.parametrize("before", [{"iterations": 6}, {"target_accuracy": 0.55}])
def test_one_whose_end_was_raised_replays_as_a_whole(
    tmp_path: Path, digits: PreparedData, before: dict[str, Any]
) -> None:
    parts = given(tmp_path, digits, lambda width: 0.02 + 0.07 * (width % 3))
    search(settings(in_flight=2, **before), name="s", **parts)
    later = {"iterations": 14} if "iterations" in before else {"target_accuracy": 0.85}
    resume("s", **parts, **later)
    replay("s", database=tmp_path / "s.db", sandbox=FakeSandbox(labels=digits.labels))
    assert compared(tmp_path / "s.db", "s").same


@pytest.mark.parametrize(
    "how",
    [
        {"method": "evolution", "in_flight": 4, "iterations": 24},
        {"objectives": "accuracy,parameters", "in_flight": 3},
        {"widen_after": 2, "in_flight": 3},
    ],
)
def test_one_whose_checkpoints_are_lost_goes_on(
    tmp_path: Path, digits: PreparedData, how: dict[str, Any]
) -> None:
    class Scoring(SlowSandbox):
        def run(self, job: Any, *rest: Any, **named: Any) -> Any:
            if "# outcome" not in job.program:
                from dataclasses import replace

                score = 0.1 + len(job.program) % 80 / 100
                said = f"# outcome: {score}\n# nn.Linear({len(job.program) % 7},\n"
                job = replace(job, program=said + job.program)
            return super().run(job, *rest, **named)

    sandbox = Scoring(digits, lambda width: 0.01 + 0.03 * (width % 3))
    config = settings(**how)
    parts: dict[str, Any] = {"database": tmp_path / "s.db", "sandbox": sandbox, **models()}
    search(config, name="s", **parts, **stopping_at(config.iterations // 2))
    for file in tmp_path.glob(f"{checkpoint_path(tmp_path / 's.db').name}*"):
        file.unlink()
    assert resume("s", **parts).iterations == config.iterations
    assert_whole(tmp_path / "s.db", config.iterations)


def test_a_stop_does_not_wait_for_the_place_of_a_confirmation(
    tmp_path: Path, digits: PreparedData
) -> None:
    stop = threading.Event()
    parts = given(tmp_path, digits, lambda width: 0.2 if width == 1 else 20)

    def tell(event: dict[str, Any]) -> None:
        if event["event"] == "confirming":
            threading.Timer(0.5, stop.set).start()

    began = time.monotonic()
    config = settings(in_flight=2, confirm_best=True)
    found = search(config, name="s", stop=stop, on_event=tell, **parts)
    assert found.stopped == "interrupted"
    assert time.monotonic() - began < 10


def test_a_start_program_that_fails_leaves_the_name_free(
    tmp_path: Path, digits: PreparedData
) -> None:
    parts = given(tmp_path, digits, lambda width: 0.2)
    with pytest.raises(UsageError, match="the start program fails"):
        search(settings(start_program=program("forward_error", 99)), name="s", **parts)
    assert len(parts["sandbox"].jobs) == 1
    with Archive.open(tmp_path / "s.db") as archive:
        assert archive.names() == []


def test_an_end_below_what_has_begun_is_refused(tmp_path: Path, digits: PreparedData) -> None:
    parts = given(tmp_path, digits, lambda width: 5 if width > 3 else 0.03)
    search(settings(), name="s", **parts, **stopping_at(3))
    with Archive.open(tmp_path / "s.db") as archive:
        begun = archive.begun("s")
    with pytest.raises(UsageError, match=f"or `iterations` {begun} to end it where it is"):
        resume("s", iterations=begun - 1, **parts)


def test_one_that_closes_late_joins_the_front_only_if_none_before_beats_it(
    tmp_path: Path, digits: PreparedData
) -> None:
    scores = [0.25, 0.3, 0.6, 0.7, 0.2, 0.2]
    write = lambda prompt, number: (  # noqa: E731
        f"```python\n{program(scores[number], number + 1)}```"
    )
    sandbox = SlowSandbox(digits, lambda width: 0.6 if width == 1 else 0.02)
    searched(tmp_path, sandbox, write, objectives="accuracy,parameters", iterations=6)
    with Archive.open(tmp_path / "s.db") as archive:
        late = archive.trial("s", 1)
        assert (late["closed"] or 0) > 3
        prompts = [c["prompt"] for c in archive.calls("s", 1) if c["role"] == "improver"]
    assert "no trial before is better" not in prompts[0]


def test_sandboxed_takes_no_argument() -> None:
    with pytest.raises(ValueError, match="takes nothing behind it"):
        SearchConfig(evaluator="sandboxed:x")
