"""When a search gets no further: how the next round is widened."""

from typing import NamedTuple, get_args

from langgraph_nas.config import Learning
from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.state import Best, Move, SearchState, Stagnation

MOVES: tuple[Move, ...] = get_args(Move)
ELITES = 5
"""Good networks, besides the best, that a widened round may start from."""

WARMER, WARM, HOTTEST = 1.5, 0.7, 2.0
"""A widened round's temperature: the settings' times 1.5, within 0.7 to 2."""


class Widening(NamedTuple):
    """How the next round is widened, and why."""

    move: Move
    why: str


def stagnation_after(state: SearchState, best: Best | None) -> Stagnation:
    """Return how long the search has not got on, this trial included."""
    before = state.get("stagnation") or Stagnation(rounds=0, failures=0, moves=0)
    is_better = best is not None and best["iteration"] == state["iteration"]
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
    asks_llm: bool,
    was_widened: bool = False,
) -> Widening | None:
    """Return how the next round is widened: every second one, once the search stagnates.

    Args:
        stagnation: How long it has not got on.
        learning: After how many rounds or failures that is so.
        networks: Different networks that trained so far and may be shown.
        asks_llm: Whether there is an LLM whose prompt can be widened.
        was_widened: Whether this round was, so that the next is not.
    """
    rounds, failures = stagnation["rounds"], stagnation["failures"]
    if not asks_llm or was_widened:
        return None
    if 0 < learning.widen_after_failures <= failures:
        why = f"{failures} failures in a row"
    elif 0 < learning.widen_after <= rounds:
        why = f"{rounds} rounds without a better score"
    else:
        return None
    possible = [move for move in MOVES if networks > 1 or move != "elite"]
    return Widening(possible[stagnation["moves"] % len(possible)], why)


def elite_of(state: SearchState, context: SearchContext) -> Best | None:
    """Return another good network in place of the best, each in its turn; None without one."""
    best, stagnation = state.get("best"), state.get("stagnation")
    elites = []
    for trial in context.archive.top_trials(state["search"], ELITES + 1, last=state["iteration"]):
        code, accuracy, iteration = trial["program"], trial["accuracy"], trial["iteration"]
        is_best = best is not None and iteration == best["iteration"]
        if code is not None and accuracy is not None and not is_best:
            elites.append(
                Best(iteration=iteration, accuracy=accuracy, code=code, spec=trial["spec"])
            )
    turn = stagnation["moves"] if stagnation else 0
    return elites[turn // len(MOVES) % len(elites)] if elites else best


def widened_temperature(temperature: float) -> float:
    """Return the temperature of a widened round."""
    return min(HOTTEST, max(WARM, temperature * WARMER))
