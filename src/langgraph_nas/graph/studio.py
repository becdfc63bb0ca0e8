"""The graph and the checkpointer that `langgraph.json` names, for LangGraph Studio and Server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from langgraph_nas.config import SearchConfig
from langgraph_nas.graph.builder import create_nas_graph
from langgraph_nas.graph.checkpoint import aopen_checkpointer
from langgraph_nas.graph.savers import AsyncPruningSqliteSaver
from langgraph_nas.workbench import default_database

_SETTINGS = WithJsonSchema(
    {
        **SearchConfig.model_json_schema(),
        "description": "Settings of the search; those left out have their defaults.",
    }
)


class SearchInput(TypedDict, total=False):
    """What a caller of the server gives; nothing is needed."""

    settings: Annotated[dict[str, Any], _SETTINGS]


graph = create_nas_graph(input_schema=SearchInput).compile(name="nas")
"""Without a checkpointer: the server brings its own, or `checkpointer` below."""


@asynccontextmanager
async def checkpointer() -> AsyncIterator[AsyncPruningSqliteSaver]:
    """Keep the server's checkpoints beside the archive, pruned like those of `search()`."""
    async with aopen_checkpointer(default_database()) as saver:
        yield saver
