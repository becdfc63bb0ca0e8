"""A sample of a search's networks trained many times: what their scores can be trusted for."""

import math
import threading
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from fakes import FakeSandbox, program
from fakes.searched import record_search

from langgraph_nas import reliability
from langgraph_nas.archive import Archive, TrialRow
from langgraph_nas.errors import SearchStopped, UsageError
from langgraph_nas.runs.reliability import stratified
from langgraph_nas.sandbox.base import Job


def scored(short: list[float], long: list[float], width: int) -> str:
    """Return a program with these accuracies in its first and its following trainings."""
    return program(",".join(f"{value:.3f}" for value in [*short, *long]), width)


def simulate(
    folder: Path, n: int, noise: float, *, shuffled: bool = False, **settings: Any
) -> Path:
    """Record a search of n networks; each has three short and three long trainings before it."""
    rng = np.random.default_rng(1)
    worth = np.linspace(0.3, 0.8, n)
    later = rng.permutation(worth) if shuffled else worth + 0.1
    programs = []
    for number in range(n):
        short = worth[number] + rng.normal(0, noise, 3)
        long = later[number] + rng.normal(0, 0.002, 3)
        programs.append((scored(list(short), list(long), number + 1), float(worth[number])))
    path = folder / "searches.db"
    record_search(path, programs, **settings)
    return path


def test_a_search_whose_scores_can_be_trusted(tmp_path: Path, sandbox: FakeSandbox):
    path = simulate(tmp_path, 32, 0.01)
    found = reliability("s", database=path, sandbox=sandbox)
    assert len(sandbox.jobs) == 30 * 3 * 2
    assert len({job.recipe.seed for job in sandbox.jobs}) == 180
    assert [found.epochs, found.valid, len(found.networks)] == [(1, 5), 32, 30]
    proxy = found.proxy
    assert proxy.short.within == pytest.approx(0.01, rel=0.25)
    assert proxy.short.between == pytest.approx(0.15, rel=0.25)
    assert proxy.one.agreement.spearman > 0.97
    assert "can be trusted, close calls apart" in found.verdict
    assert "less than 2." in found.verdict  # 1.96 * sqrt(2) * 0.01 = 2.8 points
    assert found.warnings == ("the top decile is 3 networks: its correlation is an anecdote",)


def test_short_scores_that_say_nothing_are_found_out(tmp_path: Path, sandbox: FakeSandbox):
    path = simulate(tmp_path, 30, 0.01, shuffled=True)
    found = reliability("s", database=path, sandbox=sandbox)
    assert found.proxy.to_truth.spearman > 0.98
    assert "can hardly be trusted" in found.verdict
    assert "less noise that parts them than what only more epochs show" in found.verdict
    assert found.proxy.regret.mean > 0.1


def test_noise_is_told_from_what_only_more_epochs_show(tmp_path: Path, sandbox: FakeSandbox):
    path = simulate(tmp_path, 30, 0.15)
    found = reliability("s", database=path, sandbox=sandbox)
    assert 0.3 < found.proxy.short.signal_to_noise < 3
    assert "what is missing is noise" in found.verdict


def test_of_few_networks_all_are_taken_with_a_warning(tmp_path: Path, sandbox: FakeSandbox):
    path = simulate(tmp_path, 5, 0.01)
    found = reliability("s", database=path, sandbox=sandbox, epochs=(2, 3), seeds=2)
    assert found.networks == (1, 2, 3, 4, 5)
    assert "only 5 networks (of 5 distinct ones" in found.warnings[0]
    assert {job.recipe.epochs for job in sandbox.jobs} == {2, 3}
    assert math.isnan(found.proxy.one.interval.low)


def test_networks_that_fail_are_left_out_and_told(tmp_path: Path, sandbox: FakeSandbox):
    path = tmp_path / "searches.db"
    programs = [(program(0.1 * n, n), 0.1 * n) for n in range(1, 6)]
    programs[2] = (program("0.5,0.5,0.5,0.5,not_finite,0.5", 3), 0.3)
    record_search(path, programs)
    found = reliability("s", database=path, sandbox=sandbox)
    assert found.networks == (1, 2, 4, 5)
    assert found.left_out == {3: "not_finite"}
    assert any("left out: 1 not_finite" in one for one in found.warnings)


def test_test_is_not_looked_at(tmp_path: Path, sandbox: FakeSandbox):
    path = simulate(tmp_path, 3, 0.01)
    reliability("s", database=path, sandbox=sandbox)
    assert all(set(workload.inputs) == {"validation"} for workload in sandbox.workloads)
    with Archive.open(path, readonly=True) as archive:
        assert all(row["unscored"] is None for row in archive.trainings("s"))


def test_a_stopped_measurement_goes_on_and_nothing_is_trained_twice(
    tmp_path: Path, sandbox: FakeSandbox
):
    path = simulate(tmp_path, 4, 0.01)
    stop = threading.Event()

    def on_run(job: Job) -> None:
        if len(sandbox.jobs) == 7:
            stop.set()

    sandbox.on_run = on_run
    with pytest.raises(SearchStopped):
        reliability("s", database=path, sandbox=sandbox, stop=stop)
    sandbox.on_run = None
    first = reliability("s", database=path, sandbox=sandbox)
    assert len(sandbox.jobs) == 4 * 6 + 1
    assert reliability("s", database=path, sandbox=sandbox) == first
    assert len(sandbox.jobs) == 4 * 6 + 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"epochs": (5, 1)}, "the second the greater"),
        ({"epochs": (0, 1)}, "the second the greater"),
        ({"seeds": 1}, "give 2 seeds or more"),
        ({"trials": 2}, "give 3 trials or more"),
    ],
)
def test_what_can_not_be_measured_says_why(
    tmp_path: Path, sandbox: FakeSandbox, given: dict[str, Any], words: str
):
    path = simulate(tmp_path, 3, 0.01)
    with pytest.raises(UsageError, match=words):
        reliability("s", database=path, sandbox=sandbox, **given)


def test_a_search_with_two_networks_is_too_short(tmp_path: Path, sandbox: FakeSandbox):
    path = simulate(tmp_path, 2, 0.01)
    with pytest.raises(UsageError, match="only 2 networks .*`langgraph-nas resume s --iter"):
        reliability("s", database=path, sandbox=sandbox)


def test_if_too_few_train_each_time_that_is_said(tmp_path: Path, sandbox: FakeSandbox):
    path = tmp_path / "searches.db"
    record_search(path, [(program("timeout", n), 0.1 * n) for n in range(1, 6)])
    with pytest.raises(UsageError, match=r"only 0 .* \(timeout\)"):
        reliability("s", database=path, sandbox=sandbox)


def test_a_sample_has_one_of_each_quantile_and_is_the_same_each_time():
    rows = [cast(TrialRow, {"iteration": n, "accuracy": (7 * n % 100) / 100}) for n in range(100)]
    sample = stratified(rows, 10, seed=43)
    assert [int(10 * (row["accuracy"] or 0)) for row in sample] == list(range(10))
    assert stratified(rows, 10, seed=43) == sample
    assert stratified(rows, 10, seed=44) != sample
    assert len({row["iteration"] for row in stratified(rows, 33, seed=1)}) == 33
