"""A graph around the search that answers with a few plain values, whatever becomes of it."""

import asyncio
from typing import Any, cast

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.graph import END, START
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import NasError, SearchStopped
from langgraph_nas.graph.builder import recursion_limit
from langgraph_nas.graph.inputs import CheckedGraph, with_settings_below
from langgraph_nas.session import default_database, summary_of
from langgraph_nas.state import SearchState


class SearchAnswer(TypedDict, total=False):
    """What was found, or why nothing was."""

    search: str
    """Name of the search in the archive."""
    iterations: int
    accuracy: float | None
    """Best accuracy, None if nothing trained."""
    program: str | None
    """File with the best network's program, on the server."""
    summary: str
    """The same in words."""
    error: str
    """Why there is nothing of that, and what to do."""


def answering_graph(
    search: CompiledStateGraph[Any, Any, Any, Any], input_schema: type[Any]
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return a graph of one node that runs `search` and returns a `SearchAnswer`.

    An error of ours is an answer, too: it says what to do.
    """

    def begin(state: Any, config: RunnableConfig) -> RunnableConfig:
        told = state.get("settings", {}).get("iterations")
        default = SearchConfig.model_fields["iterations"].default
        iterations = told if isinstance(told, int) else default
        return {**config, "recursion_limit": recursion_limit(iterations)}

    def answer(state: Any, config: RunnableConfig) -> SearchAnswer:
        try:
            last = search.invoke(state, begin(state, config))
        except SearchStopped:
            raise
        except NasError as error:
            return SearchAnswer(error=str(error))
        return _told(cast(SearchState, last))

    async def aanswer(state: Any, config: RunnableConfig) -> SearchAnswer:
        try:
            last = await search.ainvoke(state, begin(state, config))
        except SearchStopped:
            raise
        except NasError as error:
            return SearchAnswer(error=str(error))
        return await asyncio.to_thread(_told, cast(SearchState, last))

    graph = CheckedGraph(SearchAnswer, input_schema=input_schema, context_schema=dict)
    graph.read = with_settings_below
    node = RunnableLambda(answer, afunc=aanswer, name="search")
    graph.add_node("search", node, input_schema=input_schema)
    graph.add_edge(START, "search")
    graph.add_edge("search", END)
    return graph.compile(name="nas")


def _told(last: SearchState) -> SearchAnswer:
    found = summary_of(last, default_database())
    return SearchAnswer(
        search=found["search"],
        iterations=found["iterations"],
        accuracy=found["accuracy"],
        program=found["program"],
        summary=found["summary"],
    )
