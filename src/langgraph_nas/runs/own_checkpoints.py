"""A search inside a graph of somebody else's, on checkpoints of its own beside the archive."""

import asyncio
import contextvars
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_stream_writer
from langgraph.graph import StateGraph

from langgraph_nas.graph import aopen_checkpointer, open_checkpointer
from langgraph_nas.state import SearchState


class OwnCheckpoints:
    """Runs searches that outlive the graph around them, and go on where they were.

    A parent that is killed and resumed runs its node again under the same task: its search is
    found by that. The parent's own checkpointer sees nothing of the search.

    Args:
        builder: The uncompiled search graph.
        database: The archive's file.
        keep: Newest checkpoints that stay.
    """

    def __init__(self, builder: StateGraph[Any, Any, Any, Any], database: Path, keep: int) -> None:
        self._builder, self._database, self._keep = builder, database, keep

    def invoke(self, state: SearchState, given: RunnableConfig) -> SearchState:
        """Run the search of this task to its end, from where it was; return its last state."""
        config, tell = _thread(given), _teller()
        # Nothing of the parent's run - its checkpointer, its namespace - is inherited.
        return contextvars.Context().run(self._run, state, config, tell)

    async def ainvoke(self, state: SearchState, given: RunnableConfig) -> SearchState:
        """Async version of `invoke`; cancelling it cancels the search."""
        config, tell = _thread(given), _teller()
        loop = asyncio.get_running_loop()
        return await loop.create_task(
            self._arun(state, config, tell), context=contextvars.Context()
        )

    def _run(
        self, state: SearchState, config: RunnableConfig, tell: Callable[[Any], None]
    ) -> SearchState:
        with open_checkpointer(self._database, keep=self._keep) as saver:
            graph = self._builder.compile(checkpointer=saver, name="nas")
            found = graph.get_state(config)
            if "iteration" not in found.values:
                saver.delete_thread(_id(config))
            elif not found.next:
                return found.values  # type: ignore[return-value]
            start: Any = None if "iteration" in found.values else state
            for event in graph.stream(start, config, stream_mode="custom", durability="sync"):
                tell(event)
            return graph.get_state(config).values  # type: ignore[return-value]

    async def _arun(
        self, state: SearchState, config: RunnableConfig, tell: Callable[[Any], None]
    ) -> SearchState:
        async with aopen_checkpointer(self._database, keep=self._keep) as saver:
            graph = self._builder.compile(checkpointer=saver, name="nas")
            found = await graph.aget_state(config)
            if "iteration" not in found.values:
                await saver.adelete_thread(_id(config))
            elif not found.next:
                return found.values  # type: ignore[return-value]
            start: Any = None if "iteration" in found.values else state
            events = graph.astream(start, config, stream_mode="custom", durability="sync")
            async for event in events:
                tell(event)
            return (await graph.aget_state(config)).values  # type: ignore[return-value]


def _thread(given: RunnableConfig) -> RunnableConfig:
    """Return the config of the search that belongs to the parent's task."""
    parent = given.get("configurable", {})
    task = str(parent.get("checkpoint_ns") or uuid4()).rpartition(":")[2]
    name = "-".join(filter(None, [str(parent.get("thread_id") or ""), task[:8]]))
    return {"configurable": {"thread_id": name}, "recursion_limit": given["recursion_limit"]}


def _id(config: RunnableConfig) -> str:
    return str(config["configurable"]["thread_id"])


def _teller() -> Callable[[Any], None]:
    """Return what streams an event to whoever runs the parent, from outside of its context."""
    try:
        writer = get_stream_writer()
    except RuntimeError:  # outside a graph
        return lambda event: None
    parent = contextvars.copy_context()
    return lambda event: parent.run(writer, event)
