"""When a search ends."""

from typing import Literal

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.graph.rounds import refuse_unfinished
from langgraph_nas.graph.steering import steered
from langgraph_nas.state import SearchState

EndReason = Literal["target_accuracy", "time_budget", "iterations"]


def next_iteration(state: SearchState) -> Literal["generate", "__end__"]:
    """Return `generate` while the search goes on.

    Raises:
        UsageError: The round is not over: `update_state` named the wrong node, or changed what it
            may not.
    """
    refuse_unfinished(state)
    steered(state, "generate", is_ours=False)
    return "generate" if end_reason(state) is None else "__end__"


def refuse_ended(state: SearchState) -> None:
    """Make sure that a search which is asked for another iteration has not ended.

    Raises:
        UsageError: It has, as when a finished thread is invoked again.
    """
    reason = end_reason(state)
    if reason is not None:
        raise UsageError(
            f"search {state['search']!r} of this thread has ended ({reason}): begin another on a "
            f"new thread, or give this one a later end, e.g. settings with a higher `{reason}`"
        )


def end_reason(state: SearchState) -> EndReason | None:
    """Return why the search ends after this iteration, None if it goes on."""
    config = SearchConfig.model_validate(state["settings"])
    best = state.get("best")
    reached = best["accuracy"] if best else 0.0
    if config.target_accuracy is not None and reached >= config.target_accuracy:
        return "target_accuracy"
    if config.time_budget is not None and (state.get("seconds") or 0.0) >= config.time_budget:
        return "time_budget"
    return "iterations" if state["iteration"] >= config.iterations else None
