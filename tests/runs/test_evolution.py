"""Evolution keeps as many networks as at its start, whatever becomes of its end."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.replays import change, compared

from langgraph_nas import Archive, SearchConfig, replay, resume, search
from langgraph_nas.datasets import PreparedData
from langgraph_nas.sandbox.base import Job, Run

FORGET = "UPDATE searches SET facts = json_remove(facts, '$.population') WHERE name = '{name}'"


class ScoringSandbox(FakeSandbox):
    """Scores any program, by its length."""

    def _result(self, job: Job, workload: Any) -> Run:
        said = f"# outcome: 0.{len(job.program) % 90 + 10}\n"
        return super()._result(replace(job, program=said + job.program), workload)


@pytest.fixture
def sandbox(digits: PreparedData) -> FakeSandbox:
    return ScoringSandbox(labels=digits.labels)


def evolve(folder: Path, sandbox: FakeSandbox, name: str, iterations: int, **given: Any) -> Path:
    config = SearchConfig(
        method="evolution", iterations=iterations, finalists=0, confirm_best=False
    )
    search(config, name=name, database=folder / "s.db", sandbox=sandbox, **given)
    return folder / "s.db"


@pytest.mark.parametrize("older", [False, True])
def test_a_search_that_goes_on_for_longer_evolves_as_it_did(
    tmp_path: Path, sandbox: FakeSandbox, older: bool
) -> None:
    for name, iterations in (("s", 12), ("t", 14)):  # both keep 4; of 17 it would be 5
        database = evolve(tmp_path, sandbox, name, iterations)
        if older:
            change(database, FORGET.format(name=name))
        resume(name, iterations=17, database=database, sandbox=sandbox)
    assert compared(database, "t").same
    replay("s", database=database, sandbox=sandbox)
    assert compared(database).same


@pytest.mark.parametrize("older", [False, True])
def test_a_search_that_was_stopped_is_replayed_as_it_was(
    tmp_path: Path, sandbox: FakeSandbox, older: bool
) -> None:
    stop = threading.Event()
    sandbox.on_run = lambda _: stop.set() if len(sandbox.jobs) == 11 else None
    database = evolve(tmp_path, sandbox, "s", 18, stop=stop)
    sandbox.on_run = None
    if older:
        change(database, FORGET.format(name="s"))
    assert replay("s", database=database, sandbox=sandbox).iterations == 10
    assert compared(database).same
    replay("s-replay-1", database=database, sandbox=sandbox, new_name="again")
    assert compared(database, "again").same


def test_what_it_keeps_is_booked(tmp_path: Path, sandbox: FakeSandbox) -> None:
    database = evolve(tmp_path, sandbox, "s", 1)
    with Archive.open(database, readonly=True) as archive:
        assert archive.search("s")["facts"]["population"] == 4
