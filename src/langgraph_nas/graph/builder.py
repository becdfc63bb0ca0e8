"""Build the search graph: generate -> execute -> diagnose -> update_memory -> generate ..."""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime, get_runtime

from langgraph_nas.graph.routing import next_iteration
from langgraph_nas.nodes import (
    SearchContext,
    adiagnose,
    aexecute,
    agenerate,
    aupdate_memory,
    diagnose,
    execute,
    generate,
    update_memory,
)
from langgraph_nas.state import SearchState

NODES_PER_ITERATION = 4
SLACK_STEPS = 50

SyncNode = Callable[[SearchState, Runtime[SearchContext]], SearchState]
AsyncNode = Callable[[SearchState, Runtime[SearchContext]], Awaitable[SearchState]]


def create_nas_graph() -> StateGraph[SearchState, SearchContext, SearchState, SearchState]:
    """Return the uncompiled search graph; compile it with a checkpointer of your own.

    Its state is `SearchState`, its runtime context a `SearchContext`. Give the run a recursion
    limit of `recursion_limit(iterations)`: LangGraph counts every node.

    Example:
        >>> sorted(create_nas_graph().nodes)
        ['diagnose', 'execute', 'generate', 'update_memory']
    """
    graph = StateGraph(SearchState, context_schema=SearchContext)
    graph.add_node("generate", _both(generate, agenerate))
    graph.add_node("execute", _both(execute, aexecute))
    graph.add_node("diagnose", _both(diagnose, adiagnose))
    graph.add_node("update_memory", _both(update_memory, aupdate_memory))
    graph.add_edge(START, "generate")
    graph.add_edge("generate", "execute")
    graph.add_edge("execute", "diagnose")
    graph.add_edge("diagnose", "update_memory")
    graph.add_conditional_edges("update_memory", next_iteration, ["generate", END])
    return graph


def recursion_limit(iterations: int) -> int:
    """Return a recursion limit that lets a search of so many iterations run to its end."""
    return NODES_PER_ITERATION * iterations + SLACK_STEPS


def _both(sync: SyncNode, twin: AsyncNode) -> RunnableLambda[Any, Any]:
    """Return a node that serves `invoke` and `ainvoke`.

    LangGraph injects the runtime into plain functions only, so it is fetched here.
    """

    def call(state: SearchState) -> SearchState:
        return sync(state, get_runtime(SearchContext))

    async def acall(state: SearchState) -> SearchState:
        return await twin(state, get_runtime(SearchContext))

    return RunnableLambda(call, afunc=acall, name=sync.__name__)
