"""Run searches: open the stores, compile the graph, run it, keep the result."""

from langgraph_nas.runs.evaluate import evaluate_files
from langgraph_nas.runs.export import ExportResult, export
from langgraph_nas.runs.loop import first_state
from langgraph_nas.runs.opening import default_database, open_context
from langgraph_nas.runs.result import SearchResult
from langgraph_nas.runs.run import resume, search

__all__ = [
    "ExportResult",
    "SearchResult",
    "default_database",
    "evaluate_files",
    "export",
    "first_state",
    "open_context",
    "resume",
    "search",
]
