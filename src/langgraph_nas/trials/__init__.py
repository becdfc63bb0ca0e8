"""One try after the other: what a candidate is, what became of it, and what is learnt of it."""

from langgraph_nas.trials.context import Method, SearchContext
from langgraph_nas.trials.divergence import Forked

__all__ = ["Forked", "Method", "SearchContext"]
