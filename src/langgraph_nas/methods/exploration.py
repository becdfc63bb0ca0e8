"""Exploration of a search that gets no further: its moves, and what is shown then."""

from collections.abc import Sequence
from typing import NamedTuple, get_args

from langgraph_nas.config import Learning
from langgraph_nas.state import Best, Move, SearchState, Stagnation
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.front import front_before
from langgraph_nas.trials.past import past_of
from langgraph_nas.trials.temperature import raised_temperature

MOVES: tuple[Move, ...] = get_args(Move)
ELITES = 5
"""Good networks, besides the best, that a widened round may start from."""


class Widening(NamedTuple):
    """How the next round is widened, and why."""

    move: Move
    why: str


def stagnation_after(
    state: SearchState, best: Best | None, *, is_better: bool = False
) -> Stagnation:
    """Return how long the search has not got on, this trial included.

    Args:
        state: After the trial.
        best: The best network, this trial included.
        is_better: The trial is on the front of several objectives.
    """
    before = state.get("stagnation") or Stagnation(rounds=0, failures=0, moves=0)
    is_better = is_better or best is not None and best["iteration"] == state["iteration"]
    outcome = state["evaluation"]["outcome"]
    failures = {"ok": 0, "rejected": before["failures"]}.get(outcome, before["failures"] + 1)
    return Stagnation(
        rounds=0 if is_better else before["rounds"] + 1,
        failures=failures,
        moves=before["moves"],
    )


def widening(
    stagnation: Stagnation,
    learning: Learning,
    *,
    networks: int,
    moves: Sequence[Move] = MOVES,
    was_widened: bool = False,
) -> Widening | None:
    """Return how the next round is widened: every second one, once the search stagnates.

    Args:
        stagnation: How long it has not got on.
        learning: After how many rounds or failures that is so.
        networks: Different networks that trained so far and may be shown.
        moves: What the method can do about it.
        was_widened: Whether this round was, so that the next is not.
    """
    rounds, failures = stagnation["rounds"], stagnation["failures"]
    if not moves or was_widened:
        return None
    if 0 < learning.widen_after_failures <= failures:
        why = f"{failures} failures in a row"
    elif 0 < learning.widen_after <= rounds:
        why = f"{rounds} rounds without a better score"
    else:
        return None
    possible = [move for move in moves if networks > 1 or move != "elite"]
    return Widening(possible[stagnation["moves"] % len(possible)], why)


def elite_of(state: SearchState, context: SearchContext) -> Best | None:
    """Return another good network in place of the best, each in its turn; None without one."""
    best, stagnation = state.get("best"), state.get("stagnation")
    elites = []
    past = past_of(state, context)
    rows = context.archive.top_trials(state["search"], ELITES + 1, past)
    for trial in rows if len(context.config.goals) == 1 else front_before(state, context):
        code, accuracy, iteration = trial["program"], trial["accuracy"], trial["iteration"]
        is_best = best is not None and iteration == best["iteration"]
        if code is not None and accuracy is not None and not is_best:
            elites.append(
                Best(iteration=iteration, accuracy=accuracy, code=code, spec=trial["spec"])
            )
    turn = stagnation["moves"] if stagnation else 0
    return elites[turn // len(MOVES) % len(elites)] if elites else best


def shown_state(state: SearchState, context: SearchContext) -> SearchState:
    """Return the state that a prompt is written from, as the round is widened."""
    move, shown = state.get("move"), SearchState(**state)
    if move == "elite":
        shown["best"] = elite_of(state, context)
    if move == "explore" and "suggestion" in state:
        brief = context.templates.phrase(context.space.afresh)
        shown["suggestion"] = {**state["suggestion"], "modification": brief}
    return shown


def temperature_of(state: SearchState, context: SearchContext) -> float | None:
    """Return the temperature of the generator's next call, None if it is that of the settings."""
    if state.get("move") != "temperature":
        return None
    return raised_temperature(context.config.temperature)
