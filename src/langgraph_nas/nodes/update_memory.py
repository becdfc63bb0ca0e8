"""Node `update_memory`: close the pending triple, open a new one, keep the best.

Reads `search`, `iteration`, `started_at`, `candidate`, `evaluation`, `suggestion`, `memory`,
`pending`, `best`, `stagnation`, `seconds`, `flights`. Writes `memory`, `pending`, `best`,
`stagnation`, `move`, `seconds`, and `flights` if there are any.
"""

import asyncio
import time

from langgraph.runtime import Runtime

from langgraph_nas.nodes import in_flight
from langgraph_nas.nodes.closing import close_trial
from langgraph_nas.state import SearchState
from langgraph_nas.trials.context import SearchContext


def update_memory(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Close the triple of the parent with this outcome and keep the last K.

    The triple made at iteration t is closed by the outcome of its child, whatever that is: with one
    trial after the other, by t + 1.
    """
    context = runtime.context
    seconds = _seconds(state["started_at"], context.opened_at)
    if context.pool is None:
        update = close_trial(state, context, seconds)
    else:
        update = in_flight.close_all(state, context, seconds)
    return {**update, "seconds": (state.get("seconds") or 0.0) + seconds}


async def aupdate_memory(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Async version of `update_memory`."""
    return await asyncio.to_thread(update_memory, state, runtime)


def _seconds(started_at: float, opened_at: float) -> float:
    """Return the iteration's seconds; what another process began, before a pause, counts from here.

    The monotonic clock can't be set, but begins anew with each boot of the machine.
    """
    now = time.monotonic()
    return now - (started_at if opened_at <= started_at <= now else opened_at)
