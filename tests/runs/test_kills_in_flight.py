"""A search with four trials in flight that is killed at any moment loses and repeats nothing."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.flights import faults_of
from fakes.kills import IN_FLIGHT, Point, repeated, run_child, run_killed, run_killed_after
from fakes.recorded import ITERATIONS, going_on, recorded_config

from langgraph_nas import Archive

Start = Callable[[], Any]

pytestmark = pytest.mark.slow(seconds=3)


@pytest.fixture
def going(
    tmp_path: Path, sandbox: FakeSandbox, request: pytest.FixtureRequest
) -> Callable[[str], Start]:
    """Return how to start or go on with the search in a folder of that name."""
    config = recorded_config(tmp_path, learning=request.param == "learning", in_flight=4)
    return lambda name: going_on(config, tmp_path / name / "s.db", sandbox)


def assert_whole(database: Path, log: Path) -> None:
    assert faults_of(database, ITERATIONS) == []
    assert not repeated(log).total(), log.read_text()
    with Archive.open(database, readonly=True) as archive:
        assert len(archive.finalists("s")) == 2
        assert archive.search("s")["status"] == "finished"


PASSED_AGAIN = ("ask", "keep", "record_call", "record_trial", "evaluate", "keep_outcome")
CASES = [("as the paper", point) for point in IN_FLIGHT]
CASES += [("learning", point) for point in IN_FLIGHT if point.name in PASSED_AGAIN]


@pytest.mark.parametrize(("going", "point"), CASES, indirect=["going"], ids=str)
def test_killed_at_this_point_again_and_again_it_ends_whole(
    point: Point, going: Callable[[str], Start], tmp_path: Path
) -> None:
    log, kills = tmp_path / "killed.log", 0
    for hit in (1, 2, 3):
        kills += run_killed(going("killed"), log, point, hit)
    run_child(going("killed"), log)
    assert kills >= 1
    assert_whole(tmp_path / "killed" / "s.db", log)


@pytest.mark.parametrize("going", ["as the paper", "learning"], indirect=True)
def test_killed_at_random_moments_it_ends_whole(
    going: Callable[[str], Start], tmp_path: Path
) -> None:
    rng, kills = random.Random(43), 0
    for name in ("first", "second", "third", "fourth"):
        log = tmp_path / f"{name}.log"
        for attempt in range(1, 9):
            kills += run_killed_after(going(name), log, rng.uniform(0.01, 0.08 * attempt))
        run_child(going(name), log)
        assert_whole(tmp_path / name / "s.db", log)
    assert kills >= 4
