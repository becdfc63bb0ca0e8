"""The four nodes of the search graph, each with an async twin, and the context they run in."""

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.diagnose import adiagnose, diagnose
from langgraph_nas.nodes.execute import aexecute, execute
from langgraph_nas.nodes.forks import Forked
from langgraph_nas.nodes.generate import agenerate, generate
from langgraph_nas.nodes.update_memory import aupdate_memory, update_memory

__all__ = [
    "Forked",
    "SearchContext",
    "adiagnose",
    "aexecute",
    "agenerate",
    "aupdate_memory",
    "diagnose",
    "execute",
    "generate",
    "update_memory",
]
