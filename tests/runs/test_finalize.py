"""The best networks trained for real, beside a ResNet-9: ranked on validation, test read late."""

import json
import sys
import threading
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.replays import change
from fakes.searched import record_search

from langgraph_nas import export_finalist, finalize
from langgraph_nas.archive import Archive
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import SandboxError, SearchStopped, UsageError
from langgraph_nas.programs.resnet9 import resnet9
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Run, Workload
from langgraph_nas.session import sole_owner


class WithReference(FakeSandbox):
    """A fake sandbox that also knows what becomes of the ResNet-9."""

    def __init__(self, digits: PreparedData, reference: str = "0.8,0.81,0.82") -> None:
        super().__init__(labels=digits.labels)
        self.reference = program(reference, 99)
        self.stop_at: int | None = None
        self.stop = threading.Event()

    def run(
        self,
        job: Job,
        workload: Workload,
        limits: Limits,
        *,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Run:
        if "class Residual" in job.program:
            job = replace(job, program=self.reference)
        if len(self.jobs) + 1 == self.stop_at:
            self.stop.set()
        assert on_event is not None
        on_event({"event": "stage", "stage": "train"})
        return super().run(job, workload, limits, on_event=on_event, cancel=cancel)


@pytest.fixture
def place(digits: PreparedData) -> WithReference:
    return WithReference(digits)


@pytest.fixture
def database(tmp_path: Path, digits: PreparedData) -> Path:
    """A search of four networks, of which the one that was best was lucky."""
    found = [("0.7,0.71,0.72", 0.95), ("0.9,0.91,0.92", 0.9), ("0.3", 0.3), ("forward_error", None)]
    programs = [(program(text, width), score) for width, (text, score) in enumerate(found, 1)]
    path = tmp_path / "searches.db"
    record_search(path, programs, facts={"fingerprint": digits.fingerprint}, time_limit=100)
    return path


def run(database: Path, place: WithReference, **given: Any) -> Any:
    values = {"top": 2, "epochs": 4, "seeds": 3, **given}
    return finalize("s", database=database, sandbox=place, **values)


def test_the_mean_over_seeds_ranks_not_the_score_of_the_search(
    database: Path, place: WithReference
):
    found = run(database, place)
    assert [(one.label, one.rank, one.search_rank) for one in found.networks] == [
        ("iteration 2", 1, 2),
        ("iteration 1", 2, 1),
        ("ResNet-9", None, None),
    ]
    assert found.first.mean == pytest.approx(0.91, abs=0.002)
    assert found.first.deviation == pytest.approx(0.01, abs=0.002)
    assert {job.recipe.epochs for job in place.jobs} == {4}
    assert len({job.recipe.seed for job in place.jobs}) == len(place.jobs) == 9


def test_the_verdict_says_how_far_the_best_is_above_the_resnet(
    database: Path, place: WithReference
):
    found = run(database, place)
    low, high = found.interval
    assert found.difference == pytest.approx(0.1, abs=0.003)
    assert low < found.difference < high
    assert found.verdict.startswith(
        "the network ranked first (iteration 2) is 10.0 points above a hand-written ResNet-9 on "
        "test (95 % interval +"
    )
    assert ": the search was worth it; it has 10 parameters, the ResNet-9 10" in found.verdict


@pytest.mark.parametrize(
    ("reference", "words"),
    [("0.97,0.98,0.99", "take the ResNet-9;"), ("0.8,0.99,0.9", "the seeds alone may make")],
)
def test_the_verdict_does_not_flatter(
    database: Path, digits: PreparedData, reference: str, words: str
):
    assert words in run(database, WithReference(digits, reference)).verdict


def test_one_seed_gives_no_interval(database: Path, place: WithReference):
    found = run(database, place, seeds=1)
    assert found.interval is None
    assert "no interval" in found.verdict


def test_test_is_read_for_the_first_and_the_reference_only(database: Path, place: WithReference):
    found = run(database, place)
    assert [len(one.test) for one in found.networks] == [3, 0, 3]
    assert found.test_readings == 6
    with Archive.open(database) as archive:
        assert [("test" in row["accuracies"]) for row in archive.trainings("s")] == [
            *[True] * 3,  # the reference
            *[False] * 3,
            *[True] * 3,
        ]
        archive.record_finalist("s", 1, 44, {"validation": 0.7, "test": 0.7}, 1.0)
    assert run(database, place).test_readings == 7


def test_what_is_trained_is_not_trained_again(database: Path, place: WithReference):
    first = run(database, place)
    assert run(database, place) == first
    assert len(place.jobs) == 9
    run(database, place, top=3)
    assert len(place.jobs) == 12
    run(database, place, top=3, seeds=4)
    assert len(place.jobs) == 16
    run(database, place, epochs=5)
    assert len(place.jobs) == 25


def test_another_resnet_of_another_version_is_trained_anew(
    database: Path, place: WithReference, monkeypatch: pytest.MonkeyPatch
):
    run(database, place)
    narrow = partial(resnet9, width=8)
    monkeypatch.setattr(sys.modules["langgraph_nas.runs.finalize"], "resnet9", narrow)
    place.reference = program(0.5, 99)
    assert run(database, place).difference == pytest.approx(0.41, abs=0.01)
    assert len(place.jobs) == 9 + 3


def test_one_that_is_stopped_goes_on_where_it_was(database: Path, place: WithReference):
    events: list[dict[str, Any]] = []
    place.stop_at = 5
    with pytest.raises(SearchStopped, match="the same command goes on"):
        run(database, place, stop=place.stop)
    assert len(place.jobs) == 5
    run(database, place, on_event=events.append)
    assert len(place.jobs) == 5 + 5  # the fifth was thrown away
    planned = events[0]
    assert (planned["event"], planned["trainings"], planned["booked"]) == (
        "trainings_planned",
        5,
        4,
    )
    assert planned["epochs"] == 20
    ended = [event for event in events if event["event"] == "training_ended"]
    assert [event["number"] for event in ended] == [1, 2, 3, 4, 5]
    assert ended[-1]["label"] == "ResNet-9"


def test_a_network_that_fails_at_one_seed_is_not_ranked(
    tmp_path: Path, digits: PreparedData, place: WithReference
):
    path = tmp_path / "other.db"
    programs = [(program("0.9,not_finite,0.9", 1), 0.9), (program("0.6", 2), 0.6)]
    record_search(path, programs)
    found = run(path, place)
    assert [(one.iteration, one.rank) for one in found.networks] == [
        (2, 1),
        (1, None),
        (None, None),
    ]
    assert found.networks[1].outcomes == ("ok", "not_finite", "ok")
    assert found.networks[1].message == "it broke"


def test_if_none_trains_test_is_not_read(tmp_path: Path, digits: PreparedData):
    path = tmp_path / "other.db"
    record_search(path, [(program("not_finite", 1), 0.9)])
    found = run(path, WithReference(digits))
    assert found.first is None
    assert found.test_readings == 0
    assert "nothing to compare" in found.verdict
    with pytest.raises(UsageError, match="none to export"):
        export_finalist(found, tmp_path / "out")


def test_if_the_reference_fails_that_is_said(database: Path, digits: PreparedData):
    found = run(database, WithReference(digits, "timeout"))
    assert "the ResNet-9 failed (timeout)" in found.verdict
    assert found.difference is None


def test_a_timeout_is_tried_again(database: Path, digits: PreparedData):
    place = WithReference(digits, "timeout")
    run(database, place)
    place.reference = program(0.8, 99)
    assert "points above" in run(database, place).verdict


def test_the_time_limit_grows_with_the_epochs(database: Path, place: WithReference):
    assert run(database, place).time_limit == 400
    assert {limits.wall_seconds for limits in place.limits} == {400}
    assert run(database, place, epochs=2, time_limit=7).time_limit == 7
    assert place.limits[-1].wall_seconds == 7


def test_budgets_of_the_search_do_not_bind_the_reference(tmp_path: Path, place: WithReference):
    path = tmp_path / "other.db"
    record_search(path, [(program(0.5, 1), 0.5)], max_params=1000)
    run(path, place)
    budgets = {job.program == place.reference: job.budgets.parameters for job in place.jobs}
    assert budgets == {False: 1000, True: None}


def test_the_one_ranked_first_is_exported_from_its_own_training(
    database: Path, place: WithReference, tmp_path: Path
):
    found = run(database, place)
    exported = export_finalist(found, tmp_path / "out", sandbox=place, on_event=lambda event: None)
    assert exported.iteration == 2
    [job] = [job for job in place.jobs if job.send_weights]
    assert (job.recipe.seed, job.recipe.epochs) == (found.first.seeds[0], 4)
    assert place.jobs[-1].weights is not None
    settings = json.loads((tmp_path / "out" / "settings.json").read_text())
    assert settings["settings"]["epochs"] == 4


def test_in_the_papers_protocol_test_is_all_there_is_and_was_read_in_the_search(
    tmp_path: Path, place: WithReference
):
    path = tmp_path / "other.db"
    record_search(path, [(program(0.5, n), 0.5) for n in (1, 2, 3)], protocol="paper")
    change(path, "UPDATE trials SET scores = '[0.6, 0.4]' WHERE iteration = 2")  # confirmed
    change(path, "UPDATE trials SET reused_from = 't/1' WHERE iteration = 3")
    found = run(path, place, top=1, seeds=2)
    assert found.split == "test"
    assert all(set(workload.inputs) == {"test"} for workload in place.workloads)
    assert found.test_readings == 1 + 2 + 4


def test_a_sandbox_that_fails_loses_nothing(database: Path, digits: PreparedData):
    place = WithReference(digits, "sandbox_error")
    with pytest.raises(SandboxError):
        run(database, place)
    with Archive.open(database, readonly=True) as archive:
        assert len(archive.trainings("s")) == 6


def test_what_can_not_be_finalized_says_why(database: Path, place: WithReference, tmp_path: Path):
    with pytest.raises(UsageError, match="did you mean s"):
        finalize("ss", database=database, sandbox=place)
    empty, other = tmp_path / "empty.db", tmp_path / "other.db"
    record_search(empty, [(program("forward_error", 1), None)])
    with pytest.raises(UsageError, match="has trained yet"):
        run(empty, place)
    record_search(other, [(program(0.5, 1), 0.5)], facts={"fingerprint": "of before"})
    with pytest.raises(UsageError, match="has changed since"):
        run(other, place)
    with sole_owner("s", database), pytest.raises(UsageError, match="running in another process"):
        run(database, place)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"top": 0}, "give 1 network or more, not 0"),
        ({"epochs": 0}, "give 1 epoch or more, not 0"),
        ({"seeds": 0}, "give 1 seed or more, not 0"),
        ({"seeds": -1}, "give 1 seed or more, not -1"),
        ({"time_limit": 0}, "give a longer time limit"),
    ],
)
def test_numbers_that_can_not_be_are_refused(
    database: Path, place: WithReference, given: dict[str, Any], words: str
):
    with pytest.raises(UsageError, match=words):
        run(database, place, **given)
    assert place.jobs == []


def test_the_result_is_plain_values(database: Path, place: WithReference):
    assert json.loads(json.dumps(asdict(run(database, place))))["networks"][2]["iteration"] is None
