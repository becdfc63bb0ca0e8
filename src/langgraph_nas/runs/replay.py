"""replay(): a search again from the replies that the archive has of it, without an LLM."""

import threading

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import Evaluator
from langgraph_nas.llm.sampling import RECORDED
from langgraph_nas.runs.announcing import OnEvent
from langgraph_nas.runs.result import SearchResult
from langgraph_nas.runs.run import begin, resume
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session import (
    AnyPath,
    OnProgress,
    archive_path,
    open_context,
    refuse_other_data,
)
from langgraph_nas.session.owned import new_owned
from langgraph_nas.spaces import Space
from langgraph_nas.trials import Method


def replay(
    name: str,
    *,
    database: AnyPath | None = None,
    new_name: str | None = None,
    sandbox: Sandbox | str | None = None,
    method: Method | None = None,
    space: Space | None = None,
    evaluator: Evaluator | None = None,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    build_image: bool = True,
) -> SearchResult:
    """Run a search again with the replies that it had, and return what was found.

    The replay is a search of its own in the same archive, which says `replay_of` among its
    facts. Prompts are made and candidates trained anew; each call is answered as the very same
    call was. It has as many iterations as the search has finished. `compare_searches` tells
    whether it came out the same.

    Args:
        name: The search to replay; it may still run.
        database: The archive's file.
        new_name: Name of the replay; default: `NAME-replay-1` or the next number that is free. If
            it is a replay of this search that was stopped, that one goes on.
        sandbox: A sandbox, or the kind of one, in place of that in the settings.
        method: The method object, if it was started with one.
        space: The space object, if it was started with one.
        evaluator: The evaluator object, if it was started with one.
        on_event: As in `search`.
        on_progress: As in `search`.
        stop: As in `search`.
        build_image: As in `search`.

    Raises:
        UsageError: There is no such search, it has finished no iteration, its data has changed, or
            the new name is taken.
        RepliesExhaustedError: The replay went another way and asked what was never asked before.
        ResumableError: It had to stop; `resume` goes on.
    """
    path = archive_path(database)
    kind = sandbox if isinstance(sandbox, str) else None
    place = None if isinstance(sandbox, str) else sandbox
    with Archive.open(path, create=False) as archive:
        config = replay_settings(name, archive, kind)
        if new_name is None or not _is_replay(new_name, name, kind, archive):
            with (
                new_owned(new_name, f"{name}-replay", config, archive) as new,
                open_context(
                    config,
                    archive,
                    sandbox=place,
                    method=method,
                    space=space,
                    evaluator=evaluator,
                    stop=stop,
                    build_image=build_image,
                    is_new=False,
                    on_progress=on_progress,
                ) as context,
            ):
                refuse_other_data(name, context)
                row = archive.search(name)
                facts = {"replay_of": name, **context.method.facts(row["settings"], row["facts"])}
                return begin(new, context, on_event, **facts)
    return resume(
        new_name,
        database=path,
        sandbox=place,
        method=method,
        space=space,
        evaluator=evaluator,
        on_event=on_event,
        on_progress=on_progress,
        stop=stop,
        build_image=build_image,
    )


def replay_settings(name: str, archive: Archive, sandbox: str | None = None) -> SearchConfig:
    """Return the settings of a replay: those of the search, but for its models and its end.

    Each candidate is trained for itself, even if the search took results of others.

    Args:
        name: The search to replay.
        archive: Where it is recorded.
        sandbox: Another kind of sandbox.

    Raises:
        UsageError: There is no such search, or it has finished no iteration.
    """
    settings = archive.search(name)["settings"]
    finished = len(archive.triples(name))
    if not finished:
        raise UsageError(
            f"search {name!r} has finished no iteration yet: there is nothing to replay"
        )
    changed = {
        "generator": RECORDED + name,
        "improver": RECORDED + name,
        # Of several in flight the last ones may never have been closed.
        "iterations": finished if settings.get("in_flight", 1) == 1 else archive.begun(name),
        "time_budget": None,
        "target_accuracy": None,
        "reuse": "search",
        "review": "never",
        "empty_replies": 0,
        **({} if archive.finalists(name) else {"finalists": 0}),
        **({} if sandbox is None else {"sandbox": sandbox}),
    }
    return SearchConfig.model_validate(settings | changed)


def _is_replay(name: str, original: str, kind: str | None, archive: Archive) -> bool:
    """Return whether there is a search of this name that is a replay of `original`.

    Raises:
        UsageError: It is, but in another kind of sandbox.
    """
    if name not in archive.names():
        return False
    row = archive.search(name)
    if row["facts"].get("replay_of") != original:
        return False
    before = row["settings"]["sandbox"]
    if kind not in (None, "auto", before):
        raise UsageError(
            f"the replay {name!r} runs in sandbox {before}, not {kind}; leave --sandbox out to go "
            "on with it, or give another --name"
        )
    return True
