"""Run the graph of one search on its checkpoints, to its end or to where it must stop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import NasError, OtherWayError, SearchStopped, UsageError
from langgraph_nas.graph import (
    create_nas_graph,
    end_reason,
    open_checkpointer,
    recursion_limit,
)
from langgraph_nas.runs.announcing import OnEvent, with_estimate
from langgraph_nas.runs.ctrl_c import told_of_ctrl_c
from langgraph_nas.runs.result import SearchResult, read_result
from langgraph_nas.session import Session, started
from langgraph_nas.state import SearchState
from langgraph_nas.trials import SearchContext

OnReview = Callable[[dict[str, Any]], Any]
"""Answers what `nodes.review` asks."""

_BOOKED_AT = ("iteration_ended", "finalist")
"""Events at which the seconds are recorded."""

_WRITER_BEFORE = {"execute": "generate", "diagnose": "execute", "update_memory": "diagnose"}


def first_state(name: str, config: SearchConfig) -> SearchState:
    """Return the state with which the graph starts search `name`."""
    return {"search": name, "settings": config.model_dump()}


def run_search(
    session: Session,
    on_event: OnEvent | None,
    *,
    on_review: OnReview | None = None,
    fresh: bool = False,
) -> SearchResult:
    """Run a search to its end, measure its finalists and return what was found.

    Args:
        session: The search; it is in the archive already. Checkpoints and the best network lie
            beside that.
        on_event: Told of progress.
        on_review: Answers a `Review`; needed if the settings ask for reviews.
        fresh: It has not begun yet: checkpoints of that name are of one that never did.

    Raises:
        NasError: It had to stop; why is recorded.
    """
    name, context, database = session.name, session.context, session.database
    tell = with_estimate(on_event or (lambda event: None), context, database)
    tell(started(name, context, database))
    with _clocked(name, context, tell) as tell:
        try:
            with told_of_ctrl_c(context.stop):
                reason = _run_graph(name, context, database, tell, fresh, on_review)
        except SearchStopped:
            reason = "interrupted"
        reason = session.finish(reason, tell)
    result = read_result(name, context.archive, database, reason)
    tell({"event": "search_ended", "name": name, "reason": reason})
    return result


def _run_graph(
    name: str,
    context: SearchContext,
    database: Path,
    tell: OnEvent,
    fresh: bool,
    ask: OnReview | None,
) -> str:
    """Run the graph to its end and return why it ended."""
    if ask is None and context.config.review != "never":
        raise UsageError("a search with review needs somebody to ask: pass on_review=...")
    with open_checkpointer(database, keep=context.config.keep_checkpoints) as saver:
        graph = create_nas_graph(retry_policy=None).compile(checkpointer=saver, name="nas")
        thread: RunnableConfig = {
            "configurable": {"thread_id": name},
            "recursion_limit": recursion_limit(context.config.iterations),
        }
        if fresh or "iteration" not in graph.get_state(thread).values:
            # Checkpoints of a search that never began: LangGraph does not always go on from them.
            saver.delete_thread(name)
        begun = graph.get_state(thread).values.get("iteration", 0)
        if context.archive.counts(name)["iterations"] > begun:
            # It goes through what is recorded, and must not write over it.
            context = replace(context, may_fork=True)
        start: Any = _start(graph, thread, name, context.config)
        try:
            _stream(graph, start, thread, context, tell, ask)
        except OtherWayError:
            saver.delete_thread(name)
            raise
        return end_reason(cast(SearchState, graph.get_state(thread).values)) or "iterations"


def _stream(
    graph: Any,
    start: Any,
    thread: RunnableConfig,
    context: SearchContext,
    tell: OnEvent,
    ask: OnReview | None,
) -> None:
    """Run the graph to its end, answering what it asks."""
    while True:
        for event in graph.stream(
            start, thread, context=context, stream_mode="custom", durability="sync"
        ):
            tell(event)
        waiting = graph.get_state(thread).interrupts
        if not waiting or ask is None:
            return
        start = Command(resume=ask(waiting[0].value))


def _start(
    graph: Any, thread: RunnableConfig, name: str, config: SearchConfig
) -> SearchState | None:
    """Return the input for the graph: the first state, or None to go on from a checkpoint."""
    snapshot = graph.get_state(thread)
    if not snapshot.values:
        return first_state(name, config)
    if snapshot.values["settings"] != config.model_dump():
        waiting = snapshot.next[0] if snapshot.next else "generate"
        writer = _WRITER_BEFORE.get(waiting, "update_memory")
        graph.update_state(thread, {"settings": config.model_dump()}, as_node=writer)
    return None


@contextmanager
def _clocked(name: str, context: SearchContext, tell: OnEvent) -> Iterator[OnEvent]:
    """Add the seconds spent to the search's, however it ends, and record why it stopped.

    Yields `tell`, which records the seconds so far after each training: one that is killed records
    nothing any more.
    """
    started = time.monotonic()
    before = context.archive.search(name)["seconds"]

    def record(status: str | None = None, stopped: str | None = None) -> None:
        seconds = before + time.monotonic() - started
        context.archive.update_search(name, status=status, stopped=stopped, seconds=seconds)

    def recording(event: dict[str, Any]) -> None:
        if event["event"] in _BOOKED_AT:
            record()
        tell(event)

    try:
        yield recording
    except BaseException as error:  # even a bug must not leave it looking as if it ran
        with suppress(NasError):  # the disk that ended the search is the archive's, too
            record(status="stopped", stopped=str(error) or type(error).__name__)
        raise
    record()
