"""The networks that no other one beats in all objectives, as prompts and lessons tell of them."""

from collections.abc import Mapping
from typing import Any

from langgraph_nas.archive import TrialRow
from langgraph_nas.objectives import ACCURACY, Objective, is_covered, spread
from langgraph_nas.state import Best, Evaluation, SearchState
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.past import past_at, past_of

SHOWN = 4
"""Members of the front, besides the best network, that a prompt tells of."""


def costs_text(trial: Mapping[str, Any], context: SearchContext) -> str:
    """Return what a network costs by the other objectives, each after a comma; else nothing."""
    numbers = ((goal, goal.of(trial)) for goal in context.config.goals if goal is not ACCURACY)
    return "".join(f", {_number(goal, value)}" for goal, value in numbers if value is not None)


def _number(goal: Objective, value: float) -> str:
    shown = f"{value:,.0f}" if value >= 1000 or value.is_integer() else f"{value:.4g}"
    return f"{goal.name} {shown}"


def front_before(state: SearchState, context: SearchContext) -> list[TrialRow]:
    """Return the front of what was tried so far; nothing with a single objective."""
    goals = context.config.goals
    if len(goals) == 1 or not state.get("iteration", 0):
        return []
    return context.archive.front(state["search"], goals, past_of(state, context))


def front_text(state: SearchState, context: SearchContext) -> str:
    """Return the members of the front besides the best in one sentence; nothing without any."""
    best, space = state.get("best"), context.space
    others = [
        row
        for row in front_before(state, context)
        if best is None or row["iteration"] != best["iteration"]
    ]
    if not others:
        return ""
    members = [
        f"trial {row['iteration']} (accuracy {row['accuracy']:.4f}{costs_text(row, context)})"
        + (f" {space.written(row['spec'])}" if row["spec"] and not space.is_text else "")
        for row in spread(others, SHOWN)
    ]
    names = ", ".join(goal.name for goal in context.config.goals)
    return " " + context.templates.phrase("front", names=names, members="; ".join(members))


def best_costs(best: Best, context: SearchContext, search: str) -> str:
    """Return what the best network costs by the other objectives, as `costs_text`."""
    if len(context.config.goals) == 1:
        return ""
    row = context.archive.find_trial(search, best["iteration"])
    return costs_text(row, context) if row is not None else ""


def joins_front(evaluation: Evaluation, state: SearchState, context: SearchContext) -> bool:
    """Tell whether a trial is beaten by none before it; never with a single objective."""
    goals = context.config.goals
    if len(goals) == 1 or any(goal.of(evaluation) is None for goal in goals):
        return False
    before = past_at(state, context, including=False)
    rows = context.archive.front(state["search"], goals, before)
    return not any(is_covered(evaluation, row, goals) for row in rows)
