"""A node in its graph: sync and async in one, given the collaborators of its search."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime, get_runtime

from langgraph_nas.errors import OtherWayError, SearchStopped
from langgraph_nas.graph.inputs import refuse_kept, refuse_malformed
from langgraph_nas.graph.rounds import mark_of, refuse_other_turn
from langgraph_nas.graph.routing import refuse_ended
from langgraph_nas.graph.steering import revise_lesson, steered
from langgraph_nas.session import Workbench, started
from langgraph_nas.state import SearchState
from langgraph_nas.trials import Forked, SearchContext
from langgraph_nas.trials.ending import end_reason, is_over

SyncNode = Callable[[SearchState, Runtime[SearchContext]], SearchState]
AsyncNode = Callable[[SearchState, Runtime[SearchContext]], Awaitable[SearchState]]


class NodeCall(NamedTuple):
    """What a node is called with."""

    state: SearchState
    runtime: Runtime[SearchContext]
    new: SearchState
    """What of the state is told for the first time: name and settings of the search."""
    is_ours: bool
    """Whether the collaborators are the workbench's, to be closed with the search."""


class Seat:
    """Where a node sits in a graph.

    Args:
        sync: The node.
        asynchronous: The same, async.
        bench: Where it finds its collaborators if the run's context is not a `SearchContext`.
    """

    def __init__(self, sync: SyncNode, asynchronous: AsyncNode, bench: Workbench) -> None:
        self._sync, self._async, self._bench = sync, asynchronous, bench

    def node(self) -> RunnableLambda[Any, Any]:
        """Return a node that serves `invoke` and `ainvoke`.

        LangGraph injects the runtime into plain functions only, so it is fetched here.
        """
        return RunnableLambda(self._call, afunc=self._acall, name=self._sync.__name__)

    def _call(self, state: SearchState, config: RunnableConfig) -> SearchState:
        place = self._place(state, config, get_runtime())
        try:
            try:
                place = self._revised(place)
                update = self._sync(place.state, place.runtime)
            except Forked:
                place = self._revised(self._fork(place))
                update = self._sync(place.state, place.runtime)
        except BaseException as error:  # it goes on up
            self._fail(place, error)
            raise
        return self._end(place, {**place.new, **update})

    async def _acall(self, state: SearchState, config: RunnableConfig) -> SearchState:
        place = await self._opened(self._place, state, config, get_runtime())
        try:
            try:
                place = await asyncio.to_thread(self._revised, place)
                update = await self._async(place.state, place.runtime)
            except Forked:
                place = await self._opened(self._fork, place)
                place = await asyncio.to_thread(self._revised, place)
                update = await self._async(place.state, place.runtime)
        except BaseException as error:  # it goes on up, a cancellation too
            await asyncio.shield(asyncio.to_thread(self._fail, place, error))
            raise
        return await self._ended(place, {**place.new, **update})

    async def _ended(self, place: NodeCall, update: SearchState) -> SearchState:
        """Return what `_end` returns, called in a thread; a cancelled call stops it first."""
        ending = asyncio.create_task(asyncio.to_thread(self._end, place, update))
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:
            if place.is_ours:
                place.runtime.context.stop.set()
            await asyncio.wait({ending})
            ending.exception()  # retrieved, so that asyncio does not report it
            raise

    async def _opened(self, opens: Callable[..., NodeCall], *given: Any) -> NodeCall:
        """Return the place that opens in a thread; a cancelled call closes it again."""
        opening = asyncio.create_task(asyncio.to_thread(opens, *given))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError as error:
            await asyncio.wait({opening})
            if opening.exception() is None:
                await asyncio.shield(asyncio.to_thread(self._fail, opening.result(), error))
            raise

    def _place(self, state: SearchState, config: RunnableConfig, runtime: Runtime[Any]) -> NodeCall:
        """Return the place, with what a user changed for this node.

        Raises:
            UsageError: It is not this node's turn, or the change can't count here.
        """
        is_ours = not isinstance(runtime.context, SearchContext)
        refuse_malformed(state)
        refuse_other_turn(state, self._sync.__name__)
        changed = steered(state, self._sync.__name__, is_ours=is_ours)
        place = self._open({**state, **changed}, config, runtime, is_ours=is_ours)
        if is_ours:
            self._bench.enter(place.state["search"])
        return place._replace(new={**place.new, **changed})

    def _open(
        self, state: SearchState, config: RunnableConfig, runtime: Runtime[Any], *, is_ours: bool
    ) -> NodeCall:
        if not is_ours:
            return NodeCall(state, runtime, {}, False)
        configurable = config.get("configurable", {})
        settings = self._bench.settings_of(state, runtime.context, configurable)
        thread = configurable.get("thread_id")
        new: SearchState = {}
        if "iteration" in state:
            name = state["search"]
            if self._sync.__name__ == "generate":
                new = {"settings": settings.model_dump()}
                refuse_ended({**state, **new})
            context = self._bench.context(name, settings)
            if new:
                context = self._bench.move_end(name, settings, state["iteration"])
            context.answers.clear()
        else:
            refuse_kept(state)
            given = None if thread is None else str(thread)
            name, context = self._bench.begin(state, settings, given)
            new = {"search": name, "settings": context.config.model_dump()}
            runtime.stream_writer(started(name, context, self._bench.database))
        return NodeCall({**state, **new}, replace(runtime, context=context), new, True)

    def _revised(self, place: NodeCall) -> NodeCall:
        """Return the place with a lesson that tells what a user advised for the next round."""
        if self._sync.__name__ != "generate" or "suggestion" not in place.new:
            return place
        lesson = revise_lesson(place.state, place.runtime.context)
        return place._replace(state={**place.state, **lesson}, new={**place.new, **lesson})

    def _fork(self, place: NodeCall) -> NodeCall:
        """Return the place in a search of its own, which shares what was before this node.

        Raises:
            OtherWayError: `search()` runs it, which goes through one search only.
        """
        if not place.is_ours or place.runtime.context.config.in_flight > 1:
            raise OtherWayError(other_way(place.state))
        config, answers = place.runtime.context.config, place.runtime.context.answers
        iteration, node = place.state.get("iteration", 0), self._sync.__name__
        is_new = node == "generate"  # which begins the next one
        name = self._bench.fork(
            place.state["search"],
            proposals=iteration,
            trials=iteration - (node == "execute"),
            advice=iteration if is_new or node == "update_memory" else iteration - 1,
            lessons=iteration if is_new else iteration - 1,
        )
        self._bench.context(name, config)
        context = self._bench.move_end(name, config, iteration)
        self._bench.enter(name)
        context.answers.extend(answers)
        new: SearchState = {**place.new, "search": name}
        runtime = replace(place.runtime, context=context)
        return NodeCall({**place.state, **new}, runtime, new, True)

    def _fail(self, place: NodeCall, error: BaseException) -> None:
        """Close what the search has open, and record why it stands still."""
        if not place.is_ours:
            return
        if isinstance(error, GraphBubbleUp):
            self._bench.wait(place.state["search"], place.state["iteration"])
        elif isinstance(error, asyncio.CancelledError | KeyboardInterrupt | SearchStopped):
            self._bench.release(place.state["search"], "interrupted", "interrupted")
        else:
            reason = str(error) or type(error).__name__
            self._bench.release(place.state["search"], "stopped", reason)

    def _end(self, place: NodeCall, update: SearchState) -> SearchState:
        """Return the update with this node's mark.

        The seconds of an iteration are recorded; after the last one the finalists are measured, and
        what the search has open is closed.
        """
        update = {**update, "mark": mark_of({**place.state, **update}, self._sync.__name__)}
        if place.is_ours:
            try:
                if self._sync.__name__ == "update_memory":
                    self._record(place, update)
            except BaseException as error:  # it goes on up
                self._fail(place, error)
                raise
            finally:
                self._bench.leave(place.state["search"])
        return update

    def _record(self, place: NodeCall, update: SearchState) -> None:
        state: SearchState = {**place.state, **update}
        name, reason = place.state["search"], end_reason(state) if is_over(state) else None
        before = place.state.get("seconds") or 0.0
        self._bench.spent(name, before, update.get("seconds", before))
        if reason is not None:
            tell = place.runtime.stream_writer
            ended = self._bench.finish(name, reason, tell)
            tell({"event": "search_ended", "name": name, "reason": ended})


def other_way(state: SearchState) -> str:
    """Return what is said of a search that goes another way than it went."""
    name = state["search"]
    return (
        f"search {name!r} has no checkpoint here to go on from, and gone through again it goes "
        f"another way than is recorded, in iteration {state.get('iteration', 0)} or the next: it "
        "was steered or answered otherwise, or other prompts are in use. Nothing was written over: "
        f"go on in the graph that began it, or see `langgraph-nas replay {name}`"
    )
