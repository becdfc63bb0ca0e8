"""The graph and the checkpointer that `langgraph.json` names, for LangGraph Studio and Server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph_sdk.runtime import ServerRuntime
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from langgraph_nas.config import SearchConfig
from langgraph_nas.graph.answering import answering_graph
from langgraph_nas.graph.builder import create_nas_graph
from langgraph_nas.graph.checkpoint import aopen_checkpointer
from langgraph_nas.graph.savers import AsyncPruningSqliteSaver
from langgraph_nas.session import default_database, refuse_unknown

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

answering = answering_graph(graph, SearchInput)
"""The same for clients that see nothing but the last values: it ends with a few of them."""


def make_graph(
    config: RunnableConfig, runtime: ServerRuntime[Any]
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the graph that serves a request.

    The server drops what it does not know of a run's context before a graph sees it, but not
    before it is made; and of an error it tells MCP clients nothing but its class.

    Raises:
        UsageError: The run's context holds what is no setting.
    """
    running = runtime.execution_runtime
    if running is None:
        return graph
    if isinstance(running.context, Mapping):
        refuse_unknown(map(str, running.context), "in the run's context")
    return answering if _is_mcp(config) else graph


def _is_mcp(config: RunnableConfig) -> bool:
    """Return whether an MCP client asks: they take JSON and event streams, others one of them."""
    accepted = str(config.get("configurable", {}).get("accept", ""))
    return "application/json" in accepted and "text/event-stream" in accepted


@asynccontextmanager
async def checkpointer() -> AsyncIterator[AsyncPruningSqliteSaver]:
    """Keep the server's checkpoints beside the archive, pruned like those of `search()`."""
    async with aopen_checkpointer(default_database()) as saver:
        yield saver
