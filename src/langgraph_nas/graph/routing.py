"""The end of a search, as an edge of the graph."""

from typing import Literal

from langgraph_nas.errors import UsageError
from langgraph_nas.graph.rounds import refuse_unfinished
from langgraph_nas.graph.steering import steered
from langgraph_nas.state import SearchState
from langgraph_nas.trials.ending import end_reason, is_over


def next_iteration(state: SearchState) -> Literal["generate", "__end__"]:
    """Return `generate` while the search goes on.

    Raises:
        UsageError: The round is not over: `update_state` named the wrong node, or changed what it
            may not.
    """
    refuse_unfinished(state)
    steered(state, "generate", is_ours=False)
    return "__end__" if is_over(state) else "generate"


def refuse_ended(state: SearchState) -> None:
    """Make sure that a search which is asked for another iteration has not ended.

    Raises:
        UsageError: It has, as when a finished thread is invoked again.
    """
    reason = end_reason(state)
    if reason is not None and is_over(state):
        raise UsageError(
            f"search {state['search']!r} of this thread has ended ({reason}): begin another on a "
            f"new thread, or give this one a later end, e.g. settings with a higher `{reason}`"
        )
