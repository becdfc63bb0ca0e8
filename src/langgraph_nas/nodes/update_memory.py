"""Node `update_memory`: close the pending triple, open a new one, keep the best.

Reads `search`, `iteration`, `started_at`, `candidate`, `evaluation`, `suggestion`, `memory`,
`pending`, `best`, `seconds`. Writes `memory`, `pending`, `best`, `seconds`.
"""

import asyncio
import time

from langgraph.runtime import Runtime

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.steps import emit
from langgraph_nas.nodes.wording import beats, closed_window, outcome_text
from langgraph_nas.state import Best, SearchState, Triple


def update_memory(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Close the triple of the iteration before with this outcome and keep the last K.

    The triple made at iteration t is closed by the outcome of t + 1, whatever that is.
    """
    context = runtime.context
    outcome = outcome_text(state["evaluation"], context.templates)
    pending = _new_triple(state)
    best = keep_best(state)
    _book(state, outcome, pending, context)
    seconds = _seconds(state["started_at"], context.opened_at)
    if best is not None and best["iteration"] == state["iteration"]:
        emit("new_best", iteration=best["iteration"], accuracy=best["accuracy"])
    emit("iteration_ended", iteration=state["iteration"], seconds=seconds)
    return {
        "memory": closed_window(state, outcome, context.config.memory),
        "pending": pending,
        "best": best,
        "seconds": state.get("seconds", 0.0) + seconds,
    }


async def aupdate_memory(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Async twin of `update_memory`."""
    return await asyncio.to_thread(update_memory, state, runtime)


def keep_best(state: SearchState) -> Best | None:
    """Return the best network after this trial."""
    best, evaluation, candidate = state.get("best"), state["evaluation"], state["candidate"]
    accuracy, code = evaluation["accuracy"], candidate["code"]
    if not beats(evaluation, best) or accuracy is None or code is None:
        return best
    return Best(iteration=state["iteration"], accuracy=accuracy, code=code, spec=candidate["spec"])


def _seconds(started_at: float, opened_at: float) -> float:
    """Return the iteration's seconds; what another process began, before a pause, counts from here.

    The monotonic clock can't be set, but begins anew with each boot of the machine.
    """
    now = time.monotonic()
    return now - (started_at if opened_at <= started_at <= now else opened_at)


def _new_triple(state: SearchState) -> Triple:
    suggestion = state["suggestion"]
    return Triple(
        iteration=state["iteration"],
        problem=suggestion["problem"],
        suggestion=suggestion["modification"],
        outcome=None,
    )


def _book(state: SearchState, outcome: str, pending: Triple, context: SearchContext) -> None:
    earlier = state.get("pending")
    if earlier is not None:
        context.archive.close_triple(state["search"], earlier["iteration"], outcome)
    context.archive.book_triple(state["search"], pending)
    context.archive.settle()
