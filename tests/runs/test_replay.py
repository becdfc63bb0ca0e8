"""replay(): the same search again without its LLM."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.recorded import recorded_config
from fakes.replays import change, compared, run_first, run_with, stopping_at, write_at_length

from langgraph_nas import Archive, replay, resume, search
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import RepliesExhaustedError, UsageError
from langgraph_nas.evaluation.finalists import SEED_STEP as FINALISTS
from langgraph_nas.runs import Comparison, Difference
from langgraph_nas.sandbox.base import Job, Run


def test_a_replay_is_a_search_of_its_own_and_comes_out_the_same(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_first(tmp_path, sandbox)
    trained = len(sandbox.jobs)

    result = replay("s", database=database, sandbox=sandbox)

    assert (result.name, result.iterations, result.best_iteration) == ("s-replay-1", 6, 5)
    assert len(sandbox.jobs) == 2 * trained
    assert compared(database) == Comparison(
        "s", "s-replay-1", 12, 6, 5, pytest.approx(0.9, abs=0.01), (), ()
    )
    with Archive.open(database, readonly=True) as archive:
        row = archive.search("s-replay-1")
        assert row["facts"]["replay_of"] == "s"
        assert row["settings"]["generator"] == row["settings"]["improver"] == "recorded:s"
        assert {call["model"] for call in archive.calls("s-replay-1")} == {"recorded:s"}
    assert replay("s", database=database, sandbox=sandbox).name == "s-replay-2"


def test_a_replay_can_be_replayed(tmp_path: Path, sandbox: FakeSandbox) -> None:
    database = run_first(tmp_path, sandbox)
    replay("s", database=database, sandbox=sandbox, new_name="again")
    replay("again", database=database, sandbox=sandbox, new_name="once-more")
    assert compared(database, "once-more").same


def test_a_replay_has_the_iterations_that_were_finished_and_ends_with_them(
    tmp_path: Path, sandbox: FakeSandbox, digits: PreparedData
) -> None:
    stop, stopping = stopping_at(3, digits)
    config = recorded_config(tmp_path).model_copy(update={"time_budget": 1e6})
    database = tmp_path / "s.db"
    search(config, name="s", database=database, sandbox=stopping, stop=stop)

    result = replay("s", database=database, sandbox=sandbox)

    assert (result.iterations, result.stopped) == (2, "iterations")
    assert compared(database).same
    assert len(sandbox.jobs) == 2  # it had no finalists


def test_prompts_that_had_to_be_trimmed_are_trimmed_the_same(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_with(write_at_length, tmp_path, sandbox, prompt_tokens=800)

    replay("s", database=database, sandbox=sandbox)

    with Archive.open(database, readonly=True) as archive:
        trimmed = [call["trimmed"] for call in archive.calls("s-replay-1")]
    assert sum(map(bool, trimmed)) >= 6
    assert compared(database).same


def test_networks_are_trained_in_the_memory_format_that_they_had(
    tmp_path: Path, digits: PreparedData
) -> None:
    class Measuring(FakeSandbox):
        def run(self, job: Job, *args: Any, **keywords: Any) -> Run:
            run = super().run(job, *args, **keywords)
            faster = self.name_of_first == "s" and len(self.jobs) % 2 == 1
            taken = {"measured": faster, "channels_last": True, "contiguous": False}
            claimed = {**run.claimed, "channels_last": int(taken[job.recipe.memory_format])}
            return replace(run, claimed=claimed)

        name_of_first = "s"

    sandbox = Measuring(labels=digits.labels)
    database = run_first(tmp_path, sandbox, confirm_best=True)
    sandbox.name_of_first = "another machine, on which channels_last never pays"
    first = len(sandbox.jobs)
    replay("s", database=database, sandbox=sandbox)
    with Archive.open(database, readonly=True) as archive:
        measures = [
            [trial["measures"].get("channels_last") for trial in archive.trials(name)]
            for name in ("s", "s-replay-1")
        ]
    assert measures[0] == measures[1]
    assert {0, 1} <= set(measures[0])
    asked = [job.recipe.memory_format for job in sandbox.jobs]
    confirmed = [job.recipe.seed not in (43, 43 + FINALISTS) for job in sandbox.jobs]
    assert any(confirmed[:first])
    for was_confirmed, wanted in zip(confirmed[:first], asked[:first], strict=True):
        assert (wanted != "measured") == was_confirmed
    finalists = [job for job in sandbox.jobs[first:] if job.recipe.seed == 43 + FINALISTS]
    assert asked[first:].count("measured") == len(finalists)


def test_a_spec_that_was_asked_for_again_is_given_at_the_same_try(
    tmp_path: Path, digits: PreparedData
) -> None:
    class AnyProgramScores(FakeSandbox):
        def run(self, job: Job, *args: Any, **keywords: Any) -> Run:
            return super().run(replace(job, program="# outcome: 0.5"), *args, **keywords)

    def write(prompt: str, number: int) -> str:
        return json.dumps({"layers": [f"conv {16 * (1 + number // 3)} 3 relu"], "head": "gap"})

    sandbox = AnyProgramScores(labels=digits.labels)
    database = run_with(write, tmp_path, sandbox, form="spec", iterations=4)
    replay("s", database=database, sandbox=sandbox)
    with Archive.open(database, readonly=True) as archive:
        tries = [call["number"] % 4 for call in archive.calls("s-replay-1")]
    assert sum(tries) >= 4
    assert compared(database).same


def test_a_replay_that_was_stopped_goes_on_by_resume_or_by_its_name(
    tmp_path: Path, sandbox: FakeSandbox, digits: PreparedData
) -> None:
    database = run_first(tmp_path, sandbox)
    for name, at in (("a", 2), ("b", 4)):
        stop, stopping = stopping_at(at, digits)
        keywords: dict[str, Any] = {"database": database, "sandbox": stopping}
        stopped = replay("s", new_name=name, stop=stop, **keywords)
        assert stopped.stopped == "interrupted"
        assert compared(database, name).differences[0].what == "iterations finished"
        if name == "a":
            resume("a", **keywords)
        else:
            replay("s", new_name="b", **keywords)
        assert compared(database, name).same


def test_a_replay_goes_on_in_its_own_kind_of_sandbox_only(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_first(tmp_path, sandbox)
    replay("s", database=database, sandbox=sandbox)
    with pytest.raises(UsageError, match="runs in sandbox unsafe-subprocess, not docker"):
        replay("s", database=database, new_name="s-replay-1", sandbox="docker")


def test_a_call_that_was_never_made_ends_the_replay_with_one_clear_line(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_first(tmp_path, sandbox)
    change(
        database, "DELETE FROM calls WHERE search = 's' AND iteration = 4 AND role = 'generator'"
    )
    with pytest.raises(RepliesExhaustedError) as caught:
        replay("s", database=database, sandbox=sandbox)

    assert "search 's' has no reply to give here: its generator" in str(caught.value)
    assert "try 1 in iteration 4" in str(caught.value)
    found = compared(database)
    assert found.differences == (
        Difference(None, "iterations finished", "6", "3"),
        *found.differences[1:],
    )
    with pytest.raises(RepliesExhaustedError, match="in iteration 4"):
        resume("s-replay-1", database=database, sandbox=sandbox)


def test_a_search_without_a_finished_iteration_or_of_other_data_is_not_replayed(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database = run_first(tmp_path, sandbox)
    with Archive.open(database) as archive:
        archive.create_search("new", archive.search("s")["settings"], {})
    with pytest.raises(UsageError, match="'new' has finished no iteration"):
        replay("new", database=database, sandbox=sandbox)
    with pytest.raises(UsageError, match="no search 'z'"):
        replay("z", database=database, sandbox=sandbox)
    with pytest.raises(UsageError, match="there is a search 's' already"):
        replay("s", database=database, sandbox=sandbox, new_name="s")
    change(
        database,
        "UPDATE searches SET facts = json_set(facts, '$.fingerprint', 'else') WHERE name = 's'",
    )
    with pytest.raises(UsageError, match="the data of search 's' has changed"):
        replay("s", database=database, sandbox=sandbox)
    with Archive.open(database, readonly=True) as archive:
        assert archive.names() == ["new", "s"]
