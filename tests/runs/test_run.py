"""search() and resume(): results, stops, and what goes on after them."""

import ast
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN

from langgraph_nas import Archive, SearchConfig, SearchResult, resume, search
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import (
    ModelServerError,
    RepliesExhaustedError,
    SandboxError,
    UsageError,
)
from langgraph_nas.sandbox.base import Job, Run

ACCURACIES = [0.3, 0.6, 0.5, 0.9, 0.7, 0.8, 0.2, 0.4]


def _write(prompt: str, number: int) -> str:
    return f"```python\n{program(ACCURACIES[number % 8], number + 1)}```"


def _models(answer: Any = _write) -> dict[str, ScriptedChatModel]:
    return {
        "generator": ScriptedChatModel(answer=answer),
        "improver": ScriptedChatModel(answer=diagnosis),
    }


def _config(**settings: Any) -> SearchConfig:
    return SearchConfig(
        **{**PLAIN, "iterations": 4, "llm_retries": 0, "sandbox_retries": 0} | settings
    )


def _search(folder: Path, sandbox: FakeSandbox, **keywords: Any) -> SearchResult:
    settings = keywords.pop("settings", {})
    keywords = {**_models(), "name": "s", **keywords}
    return search(_config(**settings), database=folder / "s.db", sandbox=sandbox, **keywords)


def _story(folder: Path) -> list[Any]:
    """Return what must not depend on whether a search was stopped in between."""
    with Archive.open(folder / "s.db", readonly=True) as archive:
        trials = [
            (t["iteration"], t["outcome"], t["accuracy"], t["program"]) for t in archive.trials("s")
        ]
        triples = [(t["iteration"], t["suggestion"], t["outcome"]) for t in archive.triples("s")]
        calls = [(c["number"], c["prompt"], c["reply"]) for c in archive.calls("s")]
        finalists = [(f["rank"], f["iteration"], f["seed"]) for f in archive.finalists("s")]
    return [trials, triples, calls, finalists]


def test_a_search_ends_with_its_best_network_on_disk(tmp_path: Path, sandbox: FakeSandbox) -> None:
    result = _search(tmp_path, sandbox)

    assert (result.iterations, result.valid, result.distinct_valid) == (4, 4, 4)
    assert result.best_accuracy == pytest.approx(0.9, abs=0.01)
    assert (result.best_iteration, result.stopped) == (4, "iterations")
    assert result.first_accuracy == pytest.approx(0.3, abs=0.01)
    assert result.test_accuracy == pytest.approx(0.9, abs=0.01)
    assert result.remeasured_accuracy == result.best_accuracy
    assert result.best_program is not None
    text = Path(result.best_program).read_text()
    assert "from torch import nn" in text
    assert ast.parse(text)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.search("s")["status"] == "finished"
        assert archive.search("s")["seconds"] == pytest.approx(result.seconds)


def test_finalists_are_trained_with_a_new_seed_and_only_they_see_test(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    _search(tmp_path, sandbox, settings={"finalists": 2})

    inputs = [set(workload.inputs) for workload in sandbox.workloads]
    assert inputs == [{"validation"}] * 4 + [{"validation", "test"}] * 2
    seeds = [job.recipe.seed for job in sandbox.jobs]
    assert seeds[:4] == [43] * 4
    assert 43 not in seeds[4:]


def test_protocol_paper_trains_on_all_of_train_and_scores_on_test(
    tmp_path: Path, digits: PreparedData, sandbox: FakeSandbox
) -> None:
    result = _search(tmp_path, sandbox, settings={"protocol": "paper"})

    assert result.scored_split == "test"
    assert all(set(workload.inputs) == {"test"} for workload in sandbox.workloads)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        n_train = archive.search("s")["facts"]["n_train"]
    assert n_train == digits.n_train + len(digits.labels["validation"])


def test_a_taken_name_is_refused_and_says_how_to_resume(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    _search(tmp_path, sandbox)

    with pytest.raises(UsageError, match="langgraph-nas resume s"):
        _search(tmp_path, sandbox)


def test_resuming_an_unknown_search_is_an_error(tmp_path: Path, sandbox: FakeSandbox) -> None:
    with pytest.raises(UsageError):
        resume("s", database=tmp_path / "s.db", sandbox=sandbox)
    _search(tmp_path, sandbox)
    with pytest.raises(UsageError, match="no search 'z'"):
        resume("z", database=tmp_path / "s.db", sandbox=sandbox)


@pytest.mark.parametrize("at", [1, 3])
def test_stopped_in_training_and_resumed_it_is_as_if_it_had_never_stopped(
    tmp_path: Path, digits: PreparedData, sandbox: FakeSandbox, at: int
) -> None:
    _search(tmp_path / "whole", sandbox)
    stop = threading.Event()
    slow = FakeSandbox(labels=digits.labels)

    def interrupt(job: Any) -> None:
        if len(slow.jobs) == at:
            slow.seconds = 30
            stop.set()

    slow.on_run = interrupt
    models = _models()
    stopped = _search(tmp_path / "part", slow, stop=stop, **models)
    assert (stopped.stopped, stopped.iterations) == ("interrupted", at - 1)

    slow.seconds, slow.on_run = 0, None
    result = resume("s", database=tmp_path / "part" / "s.db", sandbox=slow, **models)

    assert result.stopped == "iterations"
    assert _story(tmp_path / "part") == _story(tmp_path / "whole")


def test_stopped_while_an_llm_writes_it_leaves_at_once(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    stop, release = threading.Event(), threading.Event()

    def slow(prompt: str, number: int) -> str:
        if number == 2:
            stop.set()
            release.wait(20)
        return _write(prompt, number)

    result = _search(tmp_path, sandbox, stop=stop, **_models(slow))
    release.set()

    assert (result.stopped, result.iterations) == ("interrupted", 2)


def test_a_model_server_that_goes_away_stops_the_search_resumable(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    def gone(prompt: str, number: int) -> str:
        if number == 2:
            raise ConnectionError("connection refused")
        return _write(prompt, number - (number > 2))

    _search(tmp_path / "whole", sandbox)
    models = _models(gone)
    with pytest.raises(ModelServerError, match="resume"):
        _search(tmp_path / "part", sandbox, **models)
    with Archive.open(tmp_path / "part" / "s.db", readonly=True) as archive:
        assert archive.search("s")["status"] == "stopped"

    resume("s", database=tmp_path / "part" / "s.db", sandbox=sandbox, **models)

    assert _story(tmp_path / "part") == _story(tmp_path / "whole")


def test_a_failing_sandbox_is_never_a_lesson(tmp_path: Path, sandbox: FakeSandbox) -> None:
    def broken(prompt: str, number: int) -> str:
        outcome: Any = "sandbox_error" if number == 1 else 0.5
        return f"```python\n{program(outcome, number + 1)}```"

    with pytest.raises(SandboxError, match="doctor"):
        _search(tmp_path, sandbox, **_models(broken))

    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert [trial["outcome"] for trial in archive.trials("s")] == ["ok"]
        assert len(archive.triples("s")) == 1


def test_a_failing_sandbox_is_retried(tmp_path: Path, digits: PreparedData) -> None:
    class OnceBroken(FakeSandbox):
        def run(self, job: Job, *args: Any, **keywords: Any) -> Run:
            run = super().run(job, *args, **keywords)
            return replace(run, outcome="sandbox_error") if len(self.jobs) == 1 else run

    sandbox = OnceBroken(labels=digits.labels)

    result = _search(tmp_path, sandbox, settings={"sandbox_retries": 1, "finalists": 0})

    assert result.valid == 4
    assert len(sandbox.jobs) == 5


def test_a_start_program_that_does_not_run_is_refused_and_its_name_stays_free(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    with pytest.raises(UsageError, match="the start program fails at forward"):
        _search(tmp_path, sandbox, settings={"start_program": program("forward_error")})

    assert _search(tmp_path, sandbox).valid == 4


def test_a_finished_search_goes_on_when_its_iterations_are_raised(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    models = _models()
    whole = _search(tmp_path / "whole", sandbox, settings={"iterations": 7, "finalists": 0})
    _search(tmp_path / "part", sandbox, settings={"finalists": 0}, **models)

    result = resume(
        "s", database=tmp_path / "part" / "s.db", iterations=7, sandbox=sandbox, **models
    )

    assert result.iterations == whole.iterations == 7
    assert _story(tmp_path / "part") == _story(tmp_path / "whole")


def test_resuming_a_finished_search_changes_nothing(tmp_path: Path, sandbox: FakeSandbox) -> None:
    models = _models()
    _search(tmp_path, sandbox, **models)
    before, runs = _story(tmp_path), len(sandbox.jobs)

    result = resume("s", database=tmp_path / "s.db", sandbox=sandbox, **models)

    assert result.stopped == "iterations"
    assert _story(tmp_path) == before
    assert len(sandbox.jobs) == runs


def test_a_search_with_a_model_object_says_that_it_needs_it_again(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    _search(tmp_path, sandbox)

    with pytest.raises(UsageError, match="pass generator="):
        resume("s", database=tmp_path / "s.db", iterations=9, sandbox=sandbox)


def test_recorded_replies_that_run_out_stop_the_search_resumable(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    file = tmp_path / "replies.jsonl"
    replies = [_write("", n) for n in range(3)]
    file.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies[:2]))
    improver = {"improver": ScriptedChatModel(answer=diagnosis)}
    settings = {"generator": f"replay:{file}", "iterations": 3, "finalists": 0}
    with pytest.raises(RepliesExhaustedError):
        search(
            _config(**settings), name="s", database=tmp_path / "s.db", sandbox=sandbox, **improver
        )

    file.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    result = resume("s", database=tmp_path / "s.db", sandbox=sandbox, **improver)

    assert (result.iterations, result.distinct_valid) == (3, 3)


def test_after_the_first_trial_there_is_an_estimate(tmp_path: Path, sandbox: FakeSandbox) -> None:
    events: list[dict[str, Any]] = []

    _search(tmp_path, sandbox, on_event=events.append)

    names = [event["event"] for event in events]
    assert names[0] == "search_started"
    assert names[-1] == "search_ended"
    assert names.count("estimate") == 1
    estimate = events[names.index("estimate")]
    assert estimate["seconds_left"] == pytest.approx(3 * estimate["seconds_per_iteration"])
    assert estimate["disk_mb"] > 0
    assert names.count("finalist") == 3
