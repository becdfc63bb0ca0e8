"""Ranks, fronts and bounds, by the definitions themselves."""

import random
from typing import Any

import pytest

from langgraph_nas.errors import UsageError
from langgraph_nas.objectives import (
    ACCURACY,
    OBJECTIVES,
    pareto_front,
    rank,
    read_bound,
    read_objectives,
)

MACS = OBJECTIVES["macs"]


def trial(iteration: int, accuracy: float | None, outcome: str = "ok", **measures: Any) -> Any:
    parameters = measures.pop("parameters", None)
    return {
        "iteration": iteration,
        "outcome": outcome,
        "accuracy": accuracy,
        "parameters": parameters,
        "measures": measures,
    }


def numbers(trials: list[Any]) -> list[int]:
    return [each["iteration"] for each in trials]


def test_ranks_are_by_direction_and_of_equal_ones_the_earliest() -> None:
    trials = [
        trial(4, 0.5, macs=3),
        trial(3, 0.5, macs=1),
        trial(1, 0.9, "duplicate", macs=0),
        trial(2, None, macs=0),
        trial(5, 0.7),
    ]
    assert numbers(rank(trials)) == [5, 3, 4]
    assert numbers(rank(trials, MACS)) == [2, 3, 4]


@pytest.mark.parametrize("seed", range(20))
def test_a_front_holds_what_no_other_one_beats(seed: int) -> None:
    rng = random.Random(seed)
    objectives = (ACCURACY, MACS, OBJECTIVES["latency_ms"])[: 1 + seed % 3]
    trials = [
        trial(
            n,
            rng.choice([None, *(rng.randrange(6) / 5 for _ in "123")]),
            rng.choice(["ok", "ok", "ok", "timeout"]),
            **{name: rng.randrange(5) for name in ("macs", "latency_ms") if rng.random() < 0.9},
        )
        for n in range(1, 40)
    ]

    def values(of: Any) -> tuple[float, ...] | None:
        found = [objective.of(of) for objective in objectives]
        if None in found:
            return None
        return tuple(v if o is ACCURACY else -v for o, v in zip(objectives, found, strict=True))  # type: ignore[operator]

    known = [(each, values(each)) for each in trials]
    expected = [
        each["iteration"]
        for each, mine in known
        if mine is not None
        and not any(
            theirs is not None
            and all(t >= m for t, m in zip(theirs, mine, strict=True))
            and (theirs != mine or other["iteration"] < each["iteration"])
            for other, theirs in known
            if other is not each
        )
    ]
    front = pareto_front(trials, objectives)
    assert sorted(numbers(front)) == sorted(expected)
    assert [each["accuracy"] for each in front] == [each["accuracy"] for each in rank(front)]


def test_numbers_are_the_hosts_or_claimed() -> None:
    one = trial(1, 0.5, parameters=10, macs=7, accuracy_claimed=1.0)
    assert [objective.of(one) for objective in OBJECTIVES.values()] == [0.5, 10, 7, None, None]
    assert {o.name for o in OBJECTIVES.values() if o.source == "host"} == {"accuracy"}


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("macs<=5e6", 5e6, True),
        ("macs < 5_000_000", 5e6, False),
        (" macs>=10 ", 10, True),
        ("macs>10", 10, False),
        ("macs<=-1", 0, False),
        ("macs<=5", None, False),
    ],
)
def test_bounds(text: str, value: float | None, holds: bool) -> None:
    measures = {} if value is None else {"macs": value}
    assert read_bound(text).holds(trial(1, 0.5, **measures)) is holds
    assert not read_bound(text).holds(trial(1, 0.5, "timeout", macs=7))


@pytest.mark.parametrize(
    "text", ["", "macs", "macs=5", "macs<=", "macs<=nan", "flops<=5", "macs<=5 million", "5>=macs"]
)
def test_what_is_no_bound_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no bound.*macs<=5e6"):
        read_bound(text)


def test_objectives_are_named() -> None:
    assert read_objectives("accuracy, macs") == (ACCURACY, MACS)
    for wrong in ("accuracy,flops", "", "macs,macs", "accuracy,,macs"):
        with pytest.raises(UsageError, match="give a list of accuracy, parameters, macs"):
            read_objectives(wrong)
