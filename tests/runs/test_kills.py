"""A search that is killed at any moment ends as one that never was."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.kills import POINTS, Point, repeated, run_child, run_killed, run_killed_after
from fakes.recorded import going_on, recorded_config
from fakes.story import story

Start = Callable[[], Any]

pytestmark = pytest.mark.slow(seconds=3)


@pytest.fixture
def going(
    tmp_path: Path, sandbox: FakeSandbox, request: pytest.FixtureRequest
) -> Callable[[str], Start]:
    """Return how to start or go on with the search in a folder of that name."""
    config = recorded_config(tmp_path, learning=request.param == "learning")
    return lambda name: going_on(config, tmp_path / name / "s.db", sandbox)


# The points that a repair, a confirmation or a second question pass more than once in a round.
PASSED_AGAIN = ("ask", "keep", "record_call", "record_trial", "evaluate", "record_triple")
CASES = [("as the paper", point) for point in POINTS]
CASES += [("learning", point) for point in POINTS if point.name in PASSED_AGAIN]


@pytest.mark.parametrize(("going", "point"), CASES, indirect=["going"], ids=str)
def test_a_search_killed_at_this_point_again_and_again_ends_as_one_that_never_was(
    point: Point, going: Callable[[str], Start], tmp_path: Path
) -> None:
    run_child(going("whole"), tmp_path / "whole.log")
    log, kills = tmp_path / "killed.log", 0
    # The first, second and third call of each new process, then undisturbed to the end.
    for hit in (1, 2, 3):
        kills += run_killed(going("killed"), log, point, hit)
    run_child(going("killed"), log)

    assert kills >= 1
    assert story(tmp_path / "killed" / "s.db") == story(tmp_path / "whole" / "s.db")
    assert not repeated(log).total(), log.read_text()


@pytest.mark.parametrize("going", ["as the paper", "learning"], indirect=True)
def test_searches_killed_at_random_moments_end_as_one_that_never_was(
    going: Callable[[str], Start], tmp_path: Path
) -> None:
    run_child(going("whole"), tmp_path / "whole.log")
    whole, rng, kills = story(tmp_path / "whole" / "s.db"), random.Random(43), 0
    for name in ("first", "second", "third", "fourth"):
        log = tmp_path / f"{name}.log"
        # Later and later, so that it comes further each time however slow the machine is.
        for attempt in range(1, 9):
            kills += run_killed_after(going(name), log, rng.uniform(0.01, 0.08 * attempt))
        run_child(going(name), log)
        assert story(tmp_path / name / "s.db") == whole
        assert not repeated(log).total(), log.read_text()
    assert kills >= 4
