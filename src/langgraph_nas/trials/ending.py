"""Reasons for which a search proposes no more."""

from typing import Literal

from langgraph_nas.config import SearchConfig
from langgraph_nas.state import SearchState

EndReason = Literal["target_accuracy", "time_budget", "iterations"]


def end_reason(state: SearchState) -> EndReason | None:
    """Return why the search begins no further trial, None if it does."""
    config = SearchConfig.model_validate(state["settings"])
    best = state.get("best")
    reached = best["accuracy"] if best else 0.0
    if config.target_accuracy is not None and reached >= config.target_accuracy:
        return "target_accuracy"
    if config.time_budget is not None and (state.get("seconds") or 0.0) >= config.time_budget:
        return "time_budget"
    return "iterations" if state["iteration"] >= config.iterations else None


def is_over(state: SearchState) -> bool:
    """Tell whether the search has ended: it begins no trial, and none is in flight."""
    flying = any(flight["phase"] == "flying" for flight in state.get("flights") or [])
    return not flying and end_reason(state) is not None
