"""export() that is stopped, and what it can't write."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeSandbox, program
from fakes.searched import record_search
from safetensors.numpy import load_file

from langgraph_nas import export
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import SearchStopped, UsageError
from langgraph_nas.report.exported import exported_text
from langgraph_nas.runs.export import refuse_full
from langgraph_nas.sandbox.base import Job, Run, Workload


def test_one_that_is_stopped_says_so_and_leaves_nothing(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    database, to, stop = tmp_path / "s.db", tmp_path / "out", threading.Event()
    record_search(database, [(program(0.5), 0.5)])
    sandbox.seconds, sandbox.on_run = 30, lambda job: stop.set()
    with pytest.raises(SearchStopped, match="nothing was exported"):
        export("s", to, database=database, sandbox=sandbox, stop=stop)
    assert not to.exists()
    sandbox.seconds, sandbox.on_run = 0, None
    export("s", to, database=database, sandbox=sandbox, stop=threading.Event())
    with pytest.raises(UsageError, match="give a new or empty folder$"):
        export("s", to, database=database, sandbox=sandbox)


@pytest.mark.parametrize("changed", [False, True])
def test_that_the_data_has_changed_since_the_search_is_told(
    changed: bool, tmp_path: Path, sandbox: FakeSandbox, digits: PreparedData
) -> None:
    facts = {"fingerprint": "another" if changed else digits.fingerprint}
    record_search(tmp_path / "s.db", [(program(0.5), 0.5)], facts=facts)
    result = export("s", tmp_path / "out", database=tmp_path / "s.db", sandbox=sandbox)
    assert result.data_changed == changed
    assert ("data has changed since the search" in exported_text(result)) == changed
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert scores["same_data"] != changed


def test_a_folder_that_can_not_be_used_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be used .File name too long.: give another"):
        refuse_full(tmp_path / ("a" * 300))


class Sending(FakeSandbox):
    """A fake sandbox from which these tensors come."""

    def __init__(self, weights: dict[str, Any], digits: PreparedData) -> None:
        super().__init__(labels=digits.labels)
        self.weights = weights

    def _result(self, job: Job, workload: Workload) -> Run:
        return replace(super()._result(job, workload), weights=self.weights)


def exported(weights: dict[str, Any], digits: PreparedData, folder: Path) -> Path:
    record_search(folder / "s.db", [(program(0.9), 0.9)])
    to = folder / "out"
    export("s", to, database=folder / "s.db", sandbox=Sending(weights, digits))
    return to


def test_tensors_are_written_as_they_came(digits: PreparedData, tmp_path: Path) -> None:
    sent = {"a": np.arange(6, dtype=np.float32).reshape(2, 3).T, "é": np.array([1j], np.complex64)}
    got = load_file(exported(sent, digits, tmp_path) / "weights.safetensors")
    assert got.keys() == sent.keys()
    assert all(np.array_equal(got[name], sent[name]) for name in sent)


@pytest.mark.parametrize(
    "weights",
    [{"a": np.zeros(1, np.complex128)}, {"\ud800": np.zeros(1)}, {"__metadata__": np.zeros(1)}],
)
def test_tensors_that_no_file_can_hold_are_told_and_leave_nothing_behind(
    weights: dict[str, Any], digits: PreparedData, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="safetensors"):
        exported(weights, digits, tmp_path)
    assert not (tmp_path / "out").exists()


class Loading(FakeSandbox):
    """A fake sandbox in which weights load as `loads` says: with no pass, after one, or badly."""

    def __init__(self, digits: PreparedData, loads: str) -> None:
        super().__init__(labels=digits.labels)
        self.loads = loads

    def _loaded(self, job: Job) -> Run:
        run = super()._loaded(job)
        if self.loads == "other":
            return replace(run, predictions={s: (p + 1) % 10 for s, p in run.predictions.items()})
        if self.loads == "never" or (self.loads == "after a pass" and not job.after_a_pass):
            return Run(outcome="build_error", stage="build", message="size\nmismatch for fc.weight")
        return run


@pytest.mark.parametrize(
    ("loads", "problem", "needs_a_pass"),
    [
        ("at once", None, False),
        ("after a pass", None, True),
        ("never", "do not load into a new Net() (build_error: size mismatch for fc", False),
        ("other", "where it scored 0.899 when it was trained", False),
    ],
)
def test_weights_are_loaded_once_before_it_is_said_that_they_can_be(
    loads: str, problem: str | None, needs_a_pass: bool, digits: PreparedData, tmp_path: Path
) -> None:
    record_search(tmp_path / "s.db", [(program(0.9), 0.9)])
    place = Loading(digits, loads)
    result = export("s", tmp_path / "out", database=tmp_path / "s.db", sandbox=place)
    assert (problem or "") in (result.problem or "")
    assert (result.problem is None, result.needs_a_pass) == (problem is None, needs_a_pass)
    assert ("predict.py IMAGE" in exported_text(result)) == (problem is None)
    assert ("NOT USABLE" in exported_text(result)) == (problem is not None)
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert scores["loads"] == (problem is None)
    tried = [job for job in place.jobs if job.weights is not None]
    assert tried[0].program == (tmp_path / "out" / "network.py").read_text()
    assert tried[0].weights["fc.weight"].shape == (10, 1)
