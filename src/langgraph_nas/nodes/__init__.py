"""The four nodes of the search graph, each each also async."""

from langgraph_nas.nodes.diagnose import adiagnose, diagnose
from langgraph_nas.nodes.execute import aexecute, execute
from langgraph_nas.nodes.generate import agenerate, generate
from langgraph_nas.nodes.update_memory import aupdate_memory, update_memory

__all__ = [
    "adiagnose",
    "aexecute",
    "agenerate",
    "aupdate_memory",
    "diagnose",
    "execute",
    "generate",
    "update_memory",
]
