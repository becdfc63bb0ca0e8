"""Run searches: open the stores, compile the graph, run it, keep the result."""

from langgraph_nas.runs.agent import nas_agent
from langgraph_nas.runs.arguments import SearchArgs
from langgraph_nas.runs.asynchronous import aresume, asearch
from langgraph_nas.runs.embed import nas_node, nas_tool
from langgraph_nas.runs.evaluate import evaluate_files
from langgraph_nas.runs.export import ExportResult, export, export_finalist, refuse_full
from langgraph_nas.runs.finalize import finalize
from langgraph_nas.runs.finals import Final, Finals
from langgraph_nas.runs.loop import first_state
from langgraph_nas.runs.reliability import Reliability, reliability
from langgraph_nas.runs.replay import replay, replay_settings
from langgraph_nas.runs.replay_check import Comparison, Difference, compare_searches
from langgraph_nas.runs.result import SearchResult
from langgraph_nas.runs.run import resume, search
from langgraph_nas.runs.study import Study, StudyRow, StudyRun, compare_methods
from langgraph_nas.session import default_database, open_context

__all__ = [
    "Comparison",
    "Difference",
    "ExportResult",
    "Final",
    "Finals",
    "Reliability",
    "SearchArgs",
    "SearchResult",
    "Study",
    "StudyRow",
    "StudyRun",
    "aresume",
    "asearch",
    "compare_methods",
    "compare_searches",
    "default_database",
    "evaluate_files",
    "export",
    "export_finalist",
    "finalize",
    "first_state",
    "nas_agent",
    "nas_node",
    "nas_tool",
    "open_context",
    "refuse_full",
    "reliability",
    "replay",
    "replay_settings",
    "resume",
    "search",
]
