"""A search with the embedded model and a real sandbox, killed and gone on with until it ends."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.kills import Point, repeated, run_child, run_killed, run_killed_after
from fakes.recorded import begun
from fakes.story import story

from langgraph_nas import Archive, SearchConfig, resume, search
from langgraph_nas.graph.savers import PruningSqliteSaver
from langgraph_nas.llm import ReplyJournal, Role
from langgraph_nas.sandbox.orphans import remove_orphans
from langgraph_nas.sandbox.warm import CellSandbox

pytestmark = [pytest.mark.slow(seconds=140), pytest.mark.docker, pytest.mark.timeout(900)]

POINTS = [
    Point(Role, "ask", "after"),
    Point(ReplyJournal, "keep", "after"),
    Point(CellSandbox, "run", "before"),
    Point(CellSandbox, "run", "after"),
    Point(Archive, "record_trial", "after"),
    Point(PruningSqliteSaver, "put", "after"),
    Point(Archive, "record_finalist", "before"),
]
"""Each once, in this order, which leads through a whole search; `test_kills` has all the others."""


@pytest.fixture
def config() -> SearchConfig:
    models = {"generator": "embedded", "improver": "embedded"}
    return SearchConfig(iterations=4, finalists=1, train_samples=400, sandbox="docker", **models)


def going_on(config: SearchConfig, database: Path) -> Callable[[], Any]:
    """Return what starts the search `s`, or goes on with it if it has begun."""
    database.parent.mkdir()

    def start() -> Any:
        if database.exists() and begun(database):
            return resume("s", database=database)
        return search(config, name="s", database=database)

    return start


def told(database: Path) -> dict[str, Any]:
    """Return the story without what no two trainings measure to the digit."""
    found = story(database)
    for row in (*found["trials"], *found["finalists"]):
        del row["measures"]
    return found


def test_a_real_search_that_is_killed_again_and_again_ends_as_one_that_never_was(
    config: SearchConfig, tmp_path: Path
) -> None:
    run_child(going_on(config, tmp_path / "whole" / "s.db"), tmp_path / "whole.log")
    whole = told(tmp_path / "whole" / "s.db")
    start, log = going_on(config, tmp_path / "killed" / "s.db"), tmp_path / "killed.log"
    rng, kills = random.Random(43), 0
    for number, point in enumerate(POINTS):
        kills += run_killed(start, log, point, 1)
        if number % 4 == 0:
            kills += run_killed_after(start, log, rng.uniform(0.5, 4))
    run_child(start, log)

    assert kills >= 6
    assert whole["trials"][0]["outcome"] == "ok"
    assert told(tmp_path / "killed" / "s.db") == whole
    assert not repeated(log).total(), log.read_text()
    assert remove_orphans() == []  # those of the dead went when the next one started
