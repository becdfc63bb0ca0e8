"""The graph and the checkpointer that `langgraph.json` names, for LangGraph Studio and Server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from langgraph_nas.graph.builder import create_nas_graph
from langgraph_nas.graph.checkpoint import aopen_checkpointer
from langgraph_nas.graph.savers import AsyncPruningSqliteSaver
from langgraph_nas.workbench import default_database

graph = create_nas_graph().compile(name="nas")
"""Without a checkpointer: the server brings its own, or `checkpointer` below."""


@asynccontextmanager
async def checkpointer() -> AsyncIterator[AsyncPruningSqliteSaver]:
    """Keep the server's checkpoints beside the archive, pruned like those of `search()`."""
    async with aopen_checkpointer(default_database()) as saver:
        yield saver
