"""Methods: the paper's way to propose candidates, its ablations, and some that ask no LLM."""

from langgraph_nas.methods.base import BaseMethod, asks_llm, find_method
from langgraph_nas.trials.context import Method

__all__ = ["BaseMethod", "Method", "asks_llm", "find_method"]
