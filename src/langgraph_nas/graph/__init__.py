"""The search as a LangGraph graph."""

from langgraph_nas.graph.builder import NODES_PER_ITERATION, create_nas_graph, recursion_limit
from langgraph_nas.graph.checkpoint import aopen_checkpointer, checkpoint_path, open_checkpointer
from langgraph_nas.graph.savers import AsyncPruningSqliteSaver, PruningSqliteSaver
from langgraph_nas.trials.ending import end_reason

__all__ = [
    "NODES_PER_ITERATION",
    "AsyncPruningSqliteSaver",
    "PruningSqliteSaver",
    "aopen_checkpointer",
    "checkpoint_path",
    "create_nas_graph",
    "end_reason",
    "open_checkpointer",
    "recursion_limit",
]
