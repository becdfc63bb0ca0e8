"""Several trials in flight: none is lost or trained twice, whatever the order they end in."""

import asyncio
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.faulty import Work
from fakes.in_flight import SlowSandbox, assert_whole, models, searched, settings, write
from fakes.replays import compared
from pydantic import ValidationError

from langgraph_nas import (
    Archive,
    asearch,
    replay,
    resume,
    search,
)
from langgraph_nas.archive import TrialRow
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import ResumableError
from langgraph_nas.sandbox.base import Job, Run


def trials_of(database: Path, name: str = "s") -> list[TrialRow]:
    with Archive.open(database) as archive:
        return archive.trials(name)


@pytest.mark.parametrize("places", [2, 3, 5])
def test_as_many_train_at_a_time_as_there_are_places(
    tmp_path: Path, digits: PreparedData, places: int
) -> None:
    sandbox = SlowSandbox(digits, lambda width: 0.4)
    assert_whole(searched(tmp_path, sandbox, in_flight=places), 12)
    assert sandbox.most == places


def test_what_ends_late_closes_the_triple_of_its_own_parent(
    tmp_path: Path, digits: PreparedData
) -> None:
    database = searched(tmp_path, SlowSandbox(digits, lambda width: 0.6 if width == 1 else 0.02))
    assert_whole(database, 12)
    order = sorted(trials_of(database), key=lambda trial: trial["closed"] or 0)
    assert order.index(next(t for t in order if t["iteration"] == 1)) >= 3
    child = [trial["iteration"] for trial in order if trial["parent"] == 1]
    assert not child or child[0] > 4


def test_the_window_holds_the_last_triples_in_the_order_of_closing(
    tmp_path: Path, digits: PreparedData
) -> None:
    database = searched(tmp_path, SlowSandbox(digits), memory=2)
    with Archive.open(database) as archive:
        prompts = [c["prompt"] for c in archive.calls("s") if c["role"] == "improver"]
    assert all(prompt.count("- Trial ") <= 2 for prompt in prompts)
    assert any(prompt.count("- Trial ") == 2 for prompt in prompts)


def test_equal_programs_in_flight_train_once(tmp_path: Path, digits: PreparedData) -> None:
    sandbox = SlowSandbox(digits)
    same = lambda prompt, number: f"```python\n{program(0.5, 1 + number % 2)}```"  # noqa: E731
    database = searched(tmp_path, sandbox, same, iterations=8, in_flight=4)
    assert_whole(database, 8)
    assert len(sandbox.jobs) == 2
    outcomes = Counter(trial["outcome"] for trial in trials_of(database))
    assert outcomes == {"ok": 2, "duplicate": 6}


def test_one_that_ran_out_of_time_is_no_answer_for_its_equal(
    tmp_path: Path, digits: PreparedData
) -> None:
    sandbox = SlowSandbox(digits)
    same = lambda prompt, number: f"```python\n{program('timeout', 1)}```"  # noqa: E731
    database = searched(tmp_path, sandbox, same, iterations=4)
    assert len(sandbox.jobs) == 4
    assert {trial["outcome"] for trial in trials_of(database)} == {"timeout"}


@pytest.mark.parametrize(
    "given", [{}, {"repairs": 1, "confirm_best": True}, {"widen_after": 2, "redirect": True}]
)
def test_a_replay_closes_them_in_the_same_order(
    tmp_path: Path, digits: PreparedData, given: dict[str, Any]
) -> None:
    delays = {1: 0.3, 4: 0.2, 6: 0.25}
    sandbox = SlowSandbox(digits, lambda width: delays.get(width, 0.01))
    database = searched(tmp_path, sandbox, **given)
    replay("s", database=database, sandbox=FakeSandbox(labels=digits.labels))
    assert compared(database, "s").same
    schedule = [
        [(t["iteration"], t["parent"], t["closed"], t["closed_in"]) for t in trials_of(database, n)]
        for n in ("s", "s-replay-1")
    ]
    assert schedule[0] == schedule[1]
    assert [t["closed"] for t in trials_of(database)] != list(range(1, 13))


def test_a_stopped_one_goes_on_and_trains_nothing_again(
    tmp_path: Path, digits: PreparedData, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, work = threading.Event(), Work(monkeypatch)
    sandbox, answers = SlowSandbox(digits), models()

    def tell(event: dict[str, Any]) -> None:
        if event["event"] == "iteration_ended" and event["iteration"] == 5:
            stop.set()

    given: dict[str, Any] = {"database": tmp_path / "s.db", "sandbox": sandbox, **answers}
    first = search(settings(), name="s", stop=stop, on_event=tell, **given)
    assert first.stopped == "interrupted"
    assert 5 <= first.iterations < 12
    finished = {trial["program"] for trial in trials_of(tmp_path / "s.db")}
    work.trained.clear()
    assert resume("s", **given).iterations == 12
    assert not finished & set(work.trained)
    assert work.twice()[0] == 0
    assert_whole(tmp_path / "s.db", 12)


def test_it_goes_on_for_longer_where_it_ended(tmp_path: Path, digits: PreparedData) -> None:
    answers = models()
    given: dict[str, Any] = {
        "database": tmp_path / "s.db",
        "sandbox": SlowSandbox(digits),
        **answers,
    }
    search(settings(iterations=5), name="s", **given)
    resume("s", iterations=12, **given)
    assert_whole(tmp_path / "s.db", 12)
    with Archive.open(tmp_path / "s.db") as archive:
        assert archive.search("s")["facts"]["raised"][0]["after_iteration"] == 5


def test_a_target_ends_it_with_all_that_train(tmp_path: Path, digits: PreparedData) -> None:
    database = searched(tmp_path, SlowSandbox(digits), target_accuracy=0.55)
    trials = trials_of(database)
    assert 4 <= len(trials) < 12
    assert_whole(database, len(trials))
    with Archive.open(database) as archive:
        assert archive.search("s")["stopped"] == "target_accuracy"


def test_a_sandbox_that_fails_stops_the_search_which_then_goes_on(
    tmp_path: Path, digits: PreparedData
) -> None:
    class Failing(SlowSandbox):
        broken = True

        def _result(self, job: Job, workload: Any) -> Run:
            if self.broken and "nn.Linear(4," in job.program:
                return Run("sandbox_error", "train", "the engine is gone")
            return super()._result(job, workload)

    sandbox, answers = Failing(digits), models()
    given: dict[str, Any] = {"database": tmp_path / "s.db", "sandbox": sandbox, **answers}
    with pytest.raises(ResumableError, match="the engine is gone"):
        search(settings(sandbox_retries=0), name="s", **given)
    sandbox.broken = False
    resume("s", **given)
    assert_whole(tmp_path / "s.db", 12)


def test_a_best_is_confirmed_and_a_failure_repaired(tmp_path: Path, digits: PreparedData) -> None:
    sandbox = SlowSandbox(digits)
    database = searched(tmp_path, sandbox, repairs=1, confirm_best=True)
    trials = trials_of(database)
    best = max(trials, key=lambda trial: trial["accuracy"] or 0)
    assert len(best["scores"]) == 2
    assert any(trial["repairs"] for trial in trials)
    assert sandbox.most <= 3
    assert_whole(database, 12)


def test_prompts_wait_for_each_other_unless_the_server_takes_several(
    tmp_path: Path, digits: PreparedData
) -> None:
    lock = threading.Lock()
    for at_once in (1, 3):
        running, most = 0, 0

        def answer(prompt: str, number: int) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.05)
            with lock:
                running -= 1
            return write(prompt, number)

        folder = tmp_path / str(at_once)
        folder.mkdir()
        searched(folder, SlowSandbox(digits), answer, prompts_at_once=at_once)
        assert_whole(folder / "s.db", 12)
        assert most == at_once


def test_the_first_candidate_may_be_the_users_own(tmp_path: Path, digits: PreparedData) -> None:
    own = program(0.5, 99)
    trials = trials_of(searched(tmp_path, SlowSandbox(digits), start_program=own))
    assert [t["iteration"] for t in trials if t["source"] == "user"] == [1]


def test_async_it_is_the_same(tmp_path: Path, digits: PreparedData) -> None:
    found = asyncio.run(
        asearch(
            settings(prompts_at_once=2),
            name="s",
            database=tmp_path / "s.db",
            sandbox=SlowSandbox(digits),
            **models(),
        )
    )
    assert found.iterations == 12
    assert_whole(tmp_path / "s.db", 12)


@pytest.mark.parametrize("given", [{"review": "before_execute"}, {"share_gpu": True}])
def test_what_needs_turns_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="needs one trial after the other"):
        settings(**given)
