"""compare_methods(): paired searches, never run twice, gone on with where they stopped."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from langgraph_nas import Archive
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation.finalists import SEED_STEP
from langgraph_nas.runs.study import ARMS
from langgraph_nas.sandbox.base import Job


def test_all_arms_get_the_same_seeds_and_differ_in_one_thing(compare: Any, database: Path) -> None:
    study = compare(arms=tuple(ARMS), settings={"seed": 7})
    assert study.complete
    assert [row.arm for row in study.rows] == [*ARMS, "resnet9"]
    assert {row.seeds for row in study.rows} == {2}
    with Archive.open(database, readonly=True) as archive:
        assert len(archive.names()) == 2 * (len(ARMS) + 1)
        settings = {name: archive.search(name)["settings"] for name in archive.names()}
        asked = {name: len(archive.calls(name)) for name in archive.names()}
    assert settings["c-no_memory-8"]["memory"] == 0
    assert settings["c-as_published-8"]["rich_lessons"] is False
    assert settings["c-no_widening-8"]["widen_after_failures"] == 0
    assert settings["c-no_confirming-8"]["confirm_best"] is False
    assert settings["c-two_repairs-8"]["repairs"] == 2
    for arm in ("one_role", "no_reference", "best_of_n", "random", "evolution"):
        full = settings["c-full-8"]
        own = settings[f"c-{arm}-8"]
        differ = {key for key in full if full[key] != own[key]}
        # Arms that draw their networks ask no model, and so are not given one.
        unasked = {"generator", "improver"} if arm in ("random", "evolution") else set()
        assert differ == {"method"} | unasked
        assert own["method"] == arm
    assert asked["c-full-7"] == 4
    assert asked["c-one_role-7"] == 2
    assert asked["c-random-7"] == asked["c-resnet9-7"] == 0


def test_what_counts_is_the_best_network_trained_again(compare: Any, database: Path) -> None:
    study = compare(arms=("random",))
    with Archive.open(database, readonly=True) as archive:
        for run in study.of_arm("random"):
            best = archive.best_trial(run.name)
            finalist = archive.finalists(run.name)[0]
            assert finalist["iteration"] == best["iteration"]
            assert run.score == finalist["accuracies"]["validation"] != run.best
            assert run.test == finalist["accuracies"]["test"]
            assert run.best == best["accuracy"]
    bests = [run.best - run.score for run in study.of_arm("random")]
    assert study.rows[0].excess == pytest.approx(sum(bests) / len(bests))
    assert [round(run.score, 1) for run in study.of_arm("resnet9")] == [0.5, 0.5]


def test_finished_searches_are_not_run_again(compare: Any, counting: Any) -> None:
    jobs: list[Job] = []
    first = compare()
    again = compare(sandbox=counting(jobs))
    assert jobs == []
    assert again == first
    more = compare(sandbox=counting(jobs), seeds=3)
    assert {job.recipe.seed % 1_000 for job in jobs} >= {45}
    assert [run.seed for run in more.of_arm("random")] == [43, 44, 45]


def test_a_stopped_comparison_goes_on_and_comes_out_the_same(
    compare: Any, counting: Any, tmp_path: Path
) -> None:
    whole = compare(database=tmp_path / "whole.db")
    stop, jobs = threading.Event(), []
    halted = compare(stop=stop, sandbox=counting(jobs, lambda: len(jobs) == 9 and stop.set()))
    assert not halted.complete
    assert 0 < halted.finished < halted.of == 6
    resumed = compare()
    assert resumed.complete
    assert [(run.name, run.score, run.curve) for run in resumed.runs] == [
        (run.name, run.score, run.curve) for run in whole.runs
    ]


def test_other_settings_under_the_same_name_are_refused(compare: Any) -> None:
    compare()
    with pytest.raises(UsageError, match="'c-random-43' .* epochs 1, not 2.*another --name"):
        compare(settings={"epochs": 2})
    with pytest.raises(UsageError, match="iterations 2, not 3"):
        compare(settings={"iterations": 3})


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"arms": ("full", "best")}, "no arm best; there are full, as_published"),
        ({"arms": ()}, "no arm at all"),
        ({"seeds": 0}, "at least one seed"),
        ({"jobs": 2}, "can't go to other processes"),
        ({"settings": {"finalists": 0}}, "--finalists must be at least 1"),
        ({"settings": {"review": "on_new_best"}}, "neither reviews"),
        ({"settings": {"reuse": "database"}}, "leave out --reuse database"),
    ],
)
def test_what_can_t_be_compared_is_said_at_once(
    keywords: dict[str, Any], words: str, compare: Any, database: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        compare(**keywords)
    assert not database.exists()


def test_each_search_that_is_through_is_told_once(compare: Any) -> None:
    events: list[dict[str, Any]] = []
    study = compare(on_event=events.append)
    told = [event for event in events if event["event"] == "compared"]
    assert [event["run"] for event in told] == study.runs
    assert [(event["number"], event["of"]) for event in told] == [(n, 6) for n in range(1, 7)]
    ended = [event["search"] for event in events if event["event"] == "iteration_ended"]
    assert ended.count("c-evolution-44") == 2


def test_a_best_that_timed_out_when_it_was_trained_again_is_tried_once_more_by_the_same_call(
    compare: Any, counting: Any
) -> None:
    class Slow(type(counting([]))):  # type: ignore[misc]
        """Times out in the training of the first finalist, on a machine that was busy."""

        busy = True

        def _result(self, job: Job, workload: Any) -> Any:
            run = super()._result(job, workload)
            if (
                Slow.busy
                and job.recipe.seed == 43 + SEED_STEP
                and "Residual(512)" not in job.program
            ):
                return replace(run, outcome="timeout", predictions={})
            return run

    jobs: list[Job] = []
    first = compare(arms=("random",), seeds=1, sandbox=Slow())
    assert (first.complete, first.of_arm("random")[0].score) == (True, 0)
    same = compare(arms=("random",), seeds=1, sandbox=Slow(on_run=jobs.append))
    assert (len(jobs), same.complete, same.of_arm("random")[0].score) == (1, True, 0)
    Slow.busy = False
    assert compare(arms=("random",), seeds=1, sandbox=Slow()).of_arm("random")[0].score > 0
    compare(arms=("random",), seeds=1, sandbox=Slow(on_run=jobs.append))
    assert len(jobs) == 1
