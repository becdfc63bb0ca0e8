"""How candidates are proposed: the paper's way, its ablations, and what asks no LLM."""

from langgraph_nas.methods.base import BaseMethod, asks_llm, find_method
from langgraph_nas.trials.context import Method

__all__ = ["BaseMethod", "Method", "asks_llm", "find_method"]
