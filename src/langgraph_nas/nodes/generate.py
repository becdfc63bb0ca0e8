"""Node `generate`: begin a trial with the candidate that the method proposes.

Reads `search`, `iteration`, `best`, `candidate`, `evaluation`, `suggestion`.
Writes `iteration`, `started_at`, `candidate`.
"""

import time

from langgraph.runtime import Runtime

from langgraph_nas.nodes import in_flight
from langgraph_nas.spaces import user_candidate
from langgraph_nas.state import SearchState
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.steps import NodeSteps, arun, run


def generate(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Start a new trial with the next candidate; the first may be the user's own.

    A reply without a program is an outcome of the search, not an error: `code` is then None, and
    `execute` records the trial as `no_code`.
    """
    return run(_steps(state, runtime.context), runtime.context)


async def agenerate(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Async version of `generate`."""
    return await arun(_steps(state, runtime.context), runtime.context)


def _steps(state: SearchState, context: SearchContext) -> NodeSteps:
    iteration = state.get("iteration", 0) + 1
    started_at = time.monotonic()
    if context.pool is not None:
        update = yield from in_flight.propose(state, context)
        return {**update, "started_at": started_at}
    context.evaluator.prewarm()
    if iteration == 1 and context.config.start_program is not None:
        candidate = user_candidate(context.config.start_program)
    else:
        candidate = yield from context.method.propose(state, context)
    return {"iteration": iteration, "started_at": started_at, "candidate": candidate}
