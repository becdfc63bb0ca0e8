"""The past of a trial: what a search may know when it proposes, and when it closes one.

Of several trials in flight, that is what was closed before, whatever numbers these have. A search
that goes through its past again finds its later trials in the archive, too.
"""

from langgraph_nas.archive import Past
from langgraph_nas.state import SearchState
from langgraph_nas.trials.context import SearchContext


def past_of(state: SearchState, context: SearchContext) -> Past:
    """Return what is known where the next candidate is proposed."""
    if context.pool is None:
        return Past(last=state.get("iteration", 0))
    return Past(passes=state.get("passes", 0))


def past_at(state: SearchState, context: SearchContext, *, including: bool) -> Past:
    """Return what is known where the state's trial is closed.

    Args:
        state: Its trial is recorded.
        context: The collaborators.
        including: Whether that trial belongs to it.
    """
    iteration = state["iteration"]
    if context.pool is None:
        return Past(last=iteration if including else iteration - 1)
    row = context.archive.find_trial(state["search"], iteration)
    closed = row["closed"] if row is not None else None
    return Past(closed=None if closed is None else closed + including)
