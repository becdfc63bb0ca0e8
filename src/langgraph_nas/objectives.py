"""Objectives: what makes one network better than another; ranks, fronts and bounds of them."""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from langgraph_nas.errors import UsageError


@dataclass(frozen=True)
class Objective:
    """One number by which networks are compared."""

    name: str
    direction: Literal["max", "min"]
    unit: str
    source: Literal["host", "claimed"]
    """Measured by the host, or claimed by the sandbox."""

    def of(self, trial: Mapping[str, Any]) -> float | None:
        """Return a trial's number, None if it has none or did not train."""
        if trial["outcome"] != "ok":
            return None
        measures = trial.get("measures") or {}
        value = measures.get(self.name) if self.name in measures else trial.get(self.name)
        return None if value is None else float(value)

    def cost(self, trial: Mapping[str, Any]) -> float:
        """Return what is the less the better the trial is; without a number, infinity."""
        value = self.of(trial)
        if value is None:
            return math.inf
        return -value if self.direction == "max" else value

    def beats(self, one: float | None, other: float | None) -> bool:
        """Tell whether a number is better than another; any is better than none."""
        if one is None or other is None:
            return one is not None
        return one > other if self.direction == "max" else one < other


ACCURACY = Objective("accuracy", "max", "", "host")
OBJECTIVES: Mapping[str, Objective] = {
    objective.name: objective
    for objective in (
        ACCURACY,
        Objective("parameters", "min", "", "claimed"),
        Objective("macs", "min", "multiply-adds", "claimed"),
        Objective("latency_ms", "min", "ms", "claimed"),
        Objective("step_memory_mb", "min", "MiB", "claimed"),
    )
}
"""Name -> objective."""

Row = TypeVar("Row", bound=Mapping[str, Any])


def read_objectives(text: str) -> tuple[Objective, ...]:
    """Return the objectives of a list of names such as `accuracy,macs`.

    Raises:
        UsageError: One of them is not known, or named twice.
    """
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in OBJECTIVES]
    if unknown or len(set(names)) < len(names):
        wrong = f"{unknown[0]!r} is no objective" if unknown else "an objective is named twice"
        raise UsageError(f"{wrong}: give a list of {', '.join(OBJECTIVES)}, e.g. accuracy,macs")
    return tuple(OBJECTIVES[name] for name in names)


def order_of(objective: Objective) -> str:
    """Return the order of a ranking in SQL, best first; of equal ones, the earliest."""
    return f"{objective.name} {'DESC' if objective.direction == 'max' else 'ASC'}, iteration"


def spread(front: Sequence[Row], n: int) -> list[Row]:
    """Return n of a front, evenly from its first to its last; all if there are no more."""
    if n >= len(front) or n < 2:
        return list(front[:n])
    return [front[round(at * (len(front) - 1) / (n - 1))] for at in range(n)]


def rank(trials: Iterable[Row], objective: Objective = ACCURACY) -> list[Row]:
    """Return the trials that have the objective, best first; of equal ones, the earliest."""
    known = [trial for trial in trials if objective.of(trial) is not None]
    return sorted(known, key=lambda trial: (objective.cost(trial), trial["iteration"]))


def pareto_front(trials: Iterable[Row], objectives: Sequence[Objective]) -> list[Row]:
    """Return the trials that no other one beats in an objective and equals in the rest.

    Those that lack a number are left out. They come in the order of the first objective; of trials
    equal in all, the earliest.
    """
    known = [t for t in trials if all(objective.of(t) is not None for objective in objectives)]
    # None is beaten by one that comes later.
    known.sort(key=lambda t: (*(objective.cost(t) for objective in objectives), t["iteration"]))
    front: list[Row] = []
    for trial in known:
        if not any(is_covered(trial, other, objectives) for other in front):
            front.append(trial)
    return front


def is_covered(
    trial: Mapping[str, Any], other: Mapping[str, Any], objectives: Sequence[Objective]
) -> bool:
    """Tell whether a trial is in no objective better than another."""
    return not any(o.beats(o.of(trial), o.of(other)) for o in objectives)


@dataclass(frozen=True)
class Bound:
    """A condition such as `macs<=5e6`."""

    objective: Objective
    sign: str
    limit: float
    text: str
    """As it was written."""

    def holds(self, trial: Mapping[str, Any]) -> bool:
        """Tell whether a trial has the number, and it is within the bound."""
        value = self.objective.of(trial)
        return value is not None and _SIGNS[self.sign](value, self.limit)


_SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_BOUND = re.compile(r"\s*([a-z_]+)\s*(<=|>=|<|>)\s*([-+.\w]+)\s*")


def read_bound(text: str) -> Bound:
    """Return a bound from its text.

    Raises:
        UsageError: It is none; the message says how one is written.
    """
    found = _BOUND.fullmatch(text)
    name, sign, number = found.groups() if found else ("", "", "")
    try:
        limit = float(number)
    except ValueError:
        limit = math.nan
    if name not in OBJECTIVES or math.isnan(limit):
        raise UsageError(
            f"{text!r} is no bound: write one of {', '.join(OBJECTIVES)}, then <=, <, >= or >, "
            "then a number, e.g. macs<=5e6"
        )
    return Bound(OBJECTIVES[name], sign, limit, f"{name}{sign}{number}")
