"""The search inside other graphs: as a tool of an agent, and as a node."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import BaseTool, StructuredTool, ToolException

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.graph import create_nas_graph, recursion_limit
from langgraph_nas.runs.arguments import SearchArgs, explain_arguments
from langgraph_nas.runs.own_checkpoints import OwnCheckpoints
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session import (
    AnyPath,
    archive_path,
    summary_of,
)
from langgraph_nas.state import SearchState

DESCRIPTION = (
    "Search for a neural network that classifies a data set well. It proposes PyTorch networks, "
    "trains each for a short time in a sandbox and learns from the outcomes. It takes seconds to "
    "minutes per iteration. Returns the best accuracy and the file with the network's program."
)


def nas_tool(
    *,
    name: str = "search_architecture",
    description: str = DESCRIPTION,
    generator: str | BaseChatModel | None = None,
    improver: str | BaseChatModel | None = None,
    sandbox: str | Sandbox | None = None,
    config: SearchConfig | None = None,
    database: AnyPath | None = None,
) -> BaseTool:
    """Return the search as a tool for agents.

    It sees to the recursion limit, inherits the checkpointer of the graph that calls it (so that a
    killed agent goes on in the middle of the search), and returns a few lines of text. What can't
    be carried out as asked - an unknown data set, a value out of bounds - is a tool message that
    says what to do; what must be put right outside is raised, and the agent can be resumed.
    Progress comes as custom events of a subgraph (`stream_mode="custom", subgraphs=True`).

    Args:
        name: What the agent calls it.
        description: What the agent knows of it.
        generator: As in `create_nas_graph`.
        improver: As in `create_nas_graph`.
        sandbox: As in `create_nas_graph`.
        config: Settings that the agent does not choose.
        database: The archive's file.

    Example:
        >>> nas_tool().name
        'search_architecture'
    """
    node = nas_node(
        generator=generator,
        improver=improver,
        sandbox=sandbox,
        config=config,
        database=database,
        settings=lambda asked: asked,
        update=lambda state: state,
    )
    place = archive_path(database)

    def call(config: RunnableConfig, **asked: Any) -> str:
        with _told_to_the_agent():
            last = node.invoke(_said(asked), config)
        return summary_of(last, place)["summary"]

    async def acall(config: RunnableConfig, **asked: Any) -> str:
        with _told_to_the_agent():
            last = await node.ainvoke(_said(asked), config)
        return (await asyncio.to_thread(summary_of, last, place))["summary"]

    return StructuredTool(
        name=name,
        description=description,
        args_schema=SearchArgs,
        func=call,
        coroutine=acall,
        handle_tool_error=True,
        handle_validation_error=explain_arguments,
    )


@contextmanager
def _told_to_the_agent() -> Iterator[None]:
    """Make what can't be carried out as asked a message to the agent."""
    try:
        yield
    except UsageError as error:
        raise ToolException(explain_arguments(error)) from error


def nas_node(
    *,
    generator: str | BaseChatModel | None = None,
    improver: str | BaseChatModel | None = None,
    sandbox: str | Sandbox | None = None,
    config: SearchConfig | None = None,
    database: AnyPath | None = None,
    settings: Callable[[Any], Mapping[str, Any]] | None = None,
    update: Callable[[SearchState], Any] | None = None,
    persist: Literal["inherit", "own"] = "inherit",
) -> RunnableLambda[Any, Any]:
    """Return the search as a node of a graph with a state of its own.

    Unlike the compiled graph added as a node it has a recursion limit of its own: LangGraph hands
    down a limit that the parent's run was given.

    Args:
        generator: As in `create_nas_graph`.
        improver: As in `create_nas_graph`.
        sandbox: As in `create_nas_graph`.
        config: Settings that the parent does not choose.
        database: The archive's file.
        settings: Makes settings of the parent's state; default: none.
        update: Makes an update of the parent's state of the search's last state; default:
            `{"nas": {"search", "iteration", "accuracy", "program"}}`, accuracy and program None if
            nothing trained. The parent's state must have the key, or LangGraph drops the update.
        persist: Whose checkpoints: `inherit`: the parent's, if it has any; a review comes up in
            it. `own`: beside the archive, pruned; for searches so long that the parent's
            checkpointer should not hold them. A parent that is resumed goes on with either.

    Raises:
        UsageError: `own` checkpoints, and a review: it could not come up in the parent.

    Example:
        >>> nas_node().name
        'nas'
    """
    base = config or SearchConfig.model_validate({})
    builder = create_nas_graph(
        generator=generator, improver=improver, sandbox=sandbox, config=base, database=database
    )
    _refuse_review(persist, base.review)
    graph = (
        OwnCheckpoints(builder, archive_path(database), base.keep_checkpoints)
        if persist == "own"
        else builder.compile(name="nas")
    )

    def prepare(state: Any, given: RunnableConfig) -> tuple[SearchState, RunnableConfig]:
        chosen = dict(settings(state)) if settings else {}
        _refuse_review(persist, chosen.get("review", base.review))
        limit = recursion_limit(chosen.get("iterations", base.iterations))
        return {"settings": chosen}, {**given, "recursion_limit": limit}

    def call(state: Any, config: RunnableConfig) -> Any:
        last = graph.invoke(*prepare(state, config))
        return (update or _found)(last)  # type: ignore[arg-type]

    async def acall(state: Any, config: RunnableConfig) -> Any:
        start, given = await asyncio.to_thread(prepare, state, config)
        last = await graph.ainvoke(start, given)
        # In a thread, as LangGraph runs sync nodes: it may read the archive.
        return await asyncio.to_thread(update or _found, last)  # type: ignore[arg-type]

    return RunnableLambda(call, afunc=acall, name="nas")


def _refuse_review(persist: str, review: str) -> None:
    if persist == "own" and review != "never":
        raise UsageError("a review comes up in the parent graph with persist='inherit' only")


def _found(state: SearchState) -> dict[str, Any]:
    best = state.get("best")
    found = {
        "search": state["search"],
        "iteration": state["iteration"],
        "accuracy": best["accuracy"] if best else None,
        "program": best["code"] if best else None,
    }
    return {"nas": found}


def _said(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in asked.items() if value is not None}
