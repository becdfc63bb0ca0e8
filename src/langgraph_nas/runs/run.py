"""search() and resume(): open what a search needs and run it."""

import threading
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import OtherWayError, UsageError
from langgraph_nas.evaluation import Evaluator
from langgraph_nas.runs.announcing import OnEvent
from langgraph_nas.runs.loop import OnReview, run_search
from langgraph_nas.runs.result import SearchResult
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session import (
    AnyPath,
    OnProgress,
    Session,
    archive_path,
    open_context,
    sole_owner,
    with_known_data,
)
from langgraph_nas.session.frozen import raise_end
from langgraph_nas.session.owned import new_owned
from langgraph_nas.spaces import Space
from langgraph_nas.trials import Method, SearchContext


def search(
    config: SearchConfig,
    *,
    name: str | None = None,
    database: AnyPath | None = None,
    generator: BaseChatModel | None = None,
    improver: BaseChatModel | None = None,
    sandbox: Sandbox | None = None,
    method: Method | None = None,
    space: Space | None = None,
    evaluator: Evaluator | None = None,
    on_event: OnEvent | None = None,
    on_review: OnReview | None = None,
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
        method: A method of your own in place of `config.method`.
        space: A space of your own in place of `config.space`.
        evaluator: An evaluator of your own in place of `config.evaluator`; stays open.
        on_event: Told of progress; the events are described in docs/events.md.
        on_review: Answers what is asked if `config.review` says so; see `nodes.review`.
        on_progress: Told in one line what is being set up.
        stop: Set it from another thread to end the search cleanly.
        build_image: Build the Docker image where it is missing.
        pull: Pull Ollama models that are missing.

    Raises:
        UsageError: The request can't be carried out; nothing was lost.
        ResumableError: The search had to stop; `resume` goes on.
    """
    path = archive_path(database)
    config = with_known_data(config)
    with (
        Archive.open(path) as archive,
        new_owned(name, Path(config.dataset).name, config, archive) as new,
        open_context(
            config,
            archive,
            generator=generator,
            improver=improver,
            sandbox=sandbox,
            method=method,
            space=space,
            evaluator=evaluator,
            stop=stop,
            build_image=build_image,
            pull=pull,
            on_progress=on_progress,
        ) as context,
    ):
        return begin(new, context, on_event, on_review)


def resume(
    name: str,
    *,
    database: AnyPath | None = None,
    iterations: int | None = None,
    time_budget: float | None = None,
    target_accuracy: float | None = None,
    generator: BaseChatModel | None = None,
    improver: BaseChatModel | None = None,
    sandbox: Sandbox | None = None,
    method: Method | None = None,
    space: Space | None = None,
    evaluator: Evaluator | None = None,
    on_event: OnEvent | None = None,
    on_review: OnReview | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
    pull: bool = False,
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
        method: The method object, if it was started with one.
        space: The space object, if it was started with one.
        evaluator: The evaluator object, if it was started with one.
        on_event: As in `search`.
        on_review: As in `search`.
        on_progress: As in `search`.
        stop: As in `search`.
        build_image: As in `search`.
        pull: As in `search`.

    Raises:
        UsageError: There is no such search, or a setting is not allowed.
        ResumableError: The search had to stop again.
    """
    path = archive_path(database)
    with Archive.open(path, create=False) as archive:
        given = {
            "iterations": iterations,
            "time_budget": time_budget,
            "target_accuracy": target_accuracy,
        }
        config, changed = raise_end(name, archive, given)
        with (
            sole_owner(name, path),
            open_context(
                config,
                archive,
                generator=generator,
                improver=improver,
                sandbox=sandbox,
                method=method,
                space=space,
                evaluator=evaluator,
                stop=stop,
                build_image=build_image,
                pull=pull,
                is_new=False,
                on_progress=on_progress,
            ) as context,
        ):
            session = Session(name, context)
            session.go_on(changed)
            try:
                return run_search(session, on_event, on_review=on_review)
            except OtherWayError:
                session.take_back()
                raise


def begin(
    name: str,
    context: SearchContext,
    on_event: OnEvent | None,
    on_review: OnReview | None = None,
    **facts: Any,
) -> SearchResult:
    """Record a new search and run it; one that fails before its first trial leaves its name free.

    Args:
        name: The search.
        context: Its collaborators.
        on_event: Told of progress.
        on_review: As in `search`.
        facts: What to record about it besides `facts_of`.
    """
    session = Session(name, context)
    session.record(**facts)
    try:
        return run_search(session, on_event, on_review=on_review, fresh=True)
    except UsageError:
        session.forget_unbegun()  # e.g. a start program that fails
        raise
