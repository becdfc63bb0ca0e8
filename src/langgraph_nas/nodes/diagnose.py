"""Node `diagnose`: ask the method what to try next.

Reads `search`, `iteration`, `candidate`, `evaluation`, `memory`, `pending`, `best`.
Writes `suggestion`, and `evaluation` if a user rejected a new best.
"""

from langgraph.runtime import Runtime

from langgraph_nas.nodes import in_flight
from langgraph_nas.state import SearchState
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.events import emit
from langgraph_nas.trials.review import decided
from langgraph_nas.trials.steps import NodeSteps, arun, run


def diagnose(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Return the suggestion for the next candidate.

    With `review="on_new_best"` it begins with an interrupt at each trial that beats the best.
    """
    return run(_steps(state, runtime.context), runtime.context)


async def adiagnose(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Async version of `diagnose`."""
    return await arun(_steps(state, runtime.context), runtime.context)


def _steps(state: SearchState, context: SearchContext) -> NodeSteps:
    if context.pool is not None:
        return (yield from in_flight.advise(state, context))
    before, evaluation = state["evaluation"], decided(state, context)
    state = {**state, "evaluation": evaluation}
    suggestion = yield from context.method.advise(state, context)
    emit("suggestion", **{"iteration": state["iteration"], "gist": None, **suggestion})
    changed: SearchState = {} if evaluation is before else {"evaluation": evaluation}
    return {"suggestion": suggestion, **changed}
