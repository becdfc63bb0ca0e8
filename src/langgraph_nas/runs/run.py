"""search() and resume(): run the graph on the archive and its checkpoints."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import SearchStopped, UsageError
from langgraph_nas.graph import (
    create_nas_graph,
    end_reason,
    open_checkpointer,
    recursion_limit,
)
from langgraph_nas.nodes import SearchContext
from langgraph_nas.runs.announcing import OnEvent, facts_of, started, with_estimate
from langgraph_nas.runs.finalists import measure_finalists
from langgraph_nas.runs.opening import OnProgress, default_database, open_context
from langgraph_nas.runs.result import SearchResult, read_result, write_best
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.state import SearchState

_WRITER_BEFORE = {"execute": "generate", "diagnose": "execute", "update_memory": "diagnose"}


def search(
    config: SearchConfig,
    *,
    name: str | None = None,
    database: Path | None = None,
    generator: BaseChatModel | None = None,
    improver: BaseChatModel | None = None,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
    pull: bool = False,
) -> SearchResult:
    """Search for a network and return what was found.

    Args:
        config: The settings; frozen in the archive.
        name: Name of the search; default: the data set and a number.
        database: The archive's file; checkpoints and the best network go beside it.
        generator: A chat model in place of `config.generator`.
        improver: A chat model in place of `config.improver`.
        sandbox: A sandbox in place of `config.sandbox`.
        on_event: Told of progress; the events are described in the README.
        on_progress: Told in one line what is being set up.
        stop: Set it from another thread to end the search cleanly.
        build_image: Build the Docker image where it is missing.
        pull: Pull Ollama models that are missing.

    Raises:
        UsageError: The request can't be carried out; nothing was lost.
        ResumableError: The search had to stop; `resume` goes on.
    """
    path = database or default_database()
    with Archive.open(path) as archive:
        name = name or archive.free_name(Path(config.dataset).name)
        archive.refuse_taken(name)
        with open_context(
            config,
            archive,
            generator=generator,
            improver=improver,
            sandbox=sandbox,
            stop=stop,
            build_image=build_image,
            pull=pull,
            on_progress=on_progress,
        ) as context:
            archive.create_search(name, context.config.model_dump(), facts_of(context))
            try:
                return _run(name, context, path, on_event, fresh=True)
            except UsageError:
                if not archive.counts(name)["iterations"]:  # e.g. a start program that fails
                    archive.delete_search(name)
                raise


def resume(
    name: str,
    *,
    database: Path | None = None,
    iterations: int | None = None,
    time_budget: float | None = None,
    target_accuracy: float | None = None,
    generator: BaseChatModel | None = None,
    improver: BaseChatModel | None = None,
    sandbox: Sandbox | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
) -> SearchResult:
    """Go on with a search where it stopped, under the settings it was started with.

    Args:
        name: The search.
        database: The archive's file.
        iterations: New number of iterations in all.
        time_budget: New budget of seconds in all.
        target_accuracy: New target.
        generator: The chat model object, if it was started with one.
        improver: The chat model object, if it was started with one.
        sandbox: A sandbox in place of the one in the settings.
        on_event: As in `search`.
        on_progress: As in `search`.
        stop: As in `search`.
        build_image: As in `search`.

    Raises:
        UsageError: There is no such search, or a setting is not allowed.
        ResumableError: The search had to stop again.
    """
    path = database or default_database()
    with Archive.open(path, create=False) as archive:
        config = SearchConfig.model_validate(archive.search(name)["settings"])
        raised = {
            "iterations": iterations,
            "time_budget": time_budget,
            "target_accuracy": target_accuracy,
        }
        changed = {key: value for key, value in raised.items() if value is not None}
        config = SearchConfig.model_validate(config.model_dump() | changed)
        with open_context(
            config,
            archive,
            generator=generator,
            improver=improver,
            sandbox=sandbox,
            stop=stop,
            build_image=build_image,
            on_progress=on_progress,
        ) as context:
            _refuse_other_data(name, context)
            archive.update_search(name, settings=context.config.model_dump(), status="running")
            return _run(name, context, path, on_event)


def first_state(name: str, config: SearchConfig) -> SearchState:
    """Return the state with which the graph starts search `name`."""
    return {"search": name, "settings": config.model_dump()}


def _run(
    name: str,
    context: SearchContext,
    database: Path,
    on_event: OnEvent | None,
    *,
    fresh: bool = False,
) -> SearchResult:
    tell = with_estimate(on_event or (lambda event: None), context, database)
    tell(started(name, context, database))
    with _clocked(name, context):
        try:
            reason = _run_graph(name, context, database, tell, fresh)
        except SearchStopped:
            reason = "interrupted"
        write_best(name, context.archive, database)
        if reason != "interrupted":
            measure_finalists(name, context, tell)
            reason = "interrupted" if context.stop.is_set() else reason
    status = "interrupted" if reason == "interrupted" else "finished"
    context.archive.update_search(name, status=status, stopped=reason)
    result = read_result(name, context.archive, database, reason)
    tell({"event": "search_ended", "name": name, "reason": reason})
    return result


def _run_graph(
    name: str, context: SearchContext, database: Path, tell: OnEvent, fresh: bool
) -> str:
    """Run the graph to its end and return why it ended."""
    with open_checkpointer(database) as saver:
        if fresh:  # checkpoints of a search of this name that never began
            saver.delete_thread(name)
        graph = create_nas_graph().compile(checkpointer=saver, name="nas")
        thread: RunnableConfig = {
            "configurable": {"thread_id": name},
            "recursion_limit": recursion_limit(context.config.iterations),
        }
        start = _start(graph, thread, name, context.config)
        for event in graph.stream(
            start, thread, context=context, stream_mode="custom", durability="sync"
        ):
            tell(event)
        return end_reason(cast(SearchState, graph.get_state(thread).values)) or "iterations"


def _start(
    graph: Any, thread: RunnableConfig, name: str, config: SearchConfig
) -> SearchState | None:
    """Return the input for the graph: the first state, or None to go on from a checkpoint."""
    snapshot = graph.get_state(thread)
    if not snapshot.values.get("settings"):
        return first_state(name, config)
    if snapshot.values["settings"] != config.model_dump():
        waiting = snapshot.next[0] if snapshot.next else "generate"
        begun = "iteration" in snapshot.values
        writer = _WRITER_BEFORE.get(waiting, "update_memory" if begun else "__start__")
        graph.update_state(thread, {"settings": config.model_dump()}, as_node=writer)
    return None


def _refuse_other_data(name: str, context: SearchContext) -> None:
    before = context.archive.search(name)["facts"].get("fingerprint")
    if before is not None and before != context.evaluator.data.fingerprint:
        raise UsageError(
            f"the data of search {name!r} has changed since it was started: scores would no longer "
            "compare; put the old files back or start a new search"
        )


@contextmanager
def _clocked(name: str, context: SearchContext) -> Iterator[None]:
    """Add the seconds spent to the search's, however it ends, and book why it stopped."""
    started = time.monotonic()
    before = context.archive.search(name)["seconds"]
    try:
        yield
    except BaseException as error:  # even a bug must not leave it looking as if it ran
        context.archive.update_search(
            name, status="stopped", stopped=str(error) or type(error).__name__
        )
        raise
    finally:
        context.archive.update_search(name, seconds=before + time.monotonic() - started)
