"""Searches that the version before methods, spaces and flights recorded: they replay and go on.

`files/before-methods.sql` is the dump of a database that it wrote with fakes: a search with all
that learns, one as the paper, and an evolution.
"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis

from langgraph_nas import Archive, compare_searches, replay, resume
from langgraph_nas.datasets import PreparedData
from langgraph_nas.sandbox.base import Job, Run

DUMP = Path(__file__).parent / "files" / "before-methods.sql"
ITERATIONS = {"learning": 8, "paper": 6, "evolution": 12}


class Scoring(FakeSandbox):
    """Scores what was drawn by its length, as it did then."""

    def _result(self, job: Job, workload: Any) -> Run:
        if "# outcome" not in job.program:
            said = f"# outcome: 0.{len(job.program) % 90 + 10}\n"
            job = replace(job, program=said + job.program)
        return super()._result(job, workload)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "s.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(DUMP.read_text())
    return path


@pytest.fixture
def sandbox(digits: PreparedData) -> FakeSandbox:
    return Scoring(labels=digits.labels)


@pytest.mark.parametrize("name", ITERATIONS)
def test_it_replays_to_the_last_digit(database: Path, sandbox: FakeSandbox, name: str) -> None:
    replay(name, database=database, sandbox=sandbox)
    with Archive.open(database) as archive:
        found = compare_searches(archive, name, f"{name}-replay-1")
        assert found.same, found.differences
        assert found.outcomes == ITERATIONS[name]
        trials = archive.trials(name)
    assert [(t["parent"], t["closed"]) for t in trials] == [
        (t["iteration"] - 1 or None, t["iteration"]) for t in trials
    ]


@pytest.mark.parametrize("name", ITERATIONS)
def test_it_goes_on(database: Path, sandbox: FakeSandbox, name: str) -> None:
    def write(prompt: str, number: int) -> str:
        return f"```python\n{program(0.8, number + 50)}```"

    models: dict[str, Any] = {}
    if name != "evolution":
        models["generator"] = ScriptedChatModel(answer=write)
        models["improver"] = ScriptedChatModel(answer=diagnosis)
    more = ITERATIONS[name] + 2
    found = resume(name, database=database, iterations=more, sandbox=sandbox, **models)
    assert found.iterations == more
    replay(name, database=database, sandbox=sandbox)
    with Archive.open(database) as archive:
        assert compare_searches(archive, name, f"{name}-replay-1").same
