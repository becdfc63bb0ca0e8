"""Facts of a search besides its settings."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from langgraph_nas.archive import Archive, SearchRow
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import UsageError
from langgraph_nas.llm.recorded import Traits
from langgraph_nas.prompts import unused
from langgraph_nas.state import RoleName
from langgraph_nas.task import Task
from langgraph_nas.trials import SearchContext

EVENTS_VERSION = 1
"""Of docs/events.md; raised when an event or key goes or changes its meaning."""


def facts_of(context: SearchContext) -> dict[str, Any]:
    """Return what is true of a search besides its settings."""
    task = context.task
    return {
        "scored_split": task.scored_split,
        "fingerprint": task.fingerprint,
        "isolation": context.evaluator.isolation,
        "device": context.evaluator.device,
        "n_train": task.n_train,
        "n_scored": task.sizes[task.scored_split],
        "shape": list(task.shape),
        "classes": [str(name) for name in task.classes],
        "data_notes": list(task.notes),
        "space": context.space.name,
        "generator": context.generator.label,
        "improver": context.improver.label,
        "form": context.form,
        "improver_form": context.improver_form,
        "roles": {
            role.name: asdict(Traits.of(role)) for role in (context.generator, context.improver)
        },
    }


def started(name: str, context: SearchContext, database: Path) -> dict[str, Any]:
    """Return the event `search_started`."""
    config = context.config
    return {
        "event": "search_started",
        "version": EVENTS_VERSION,
        "name": name,
        "dataset": config.dataset,
        "iterations": config.iterations,
        "in_flight": config.in_flight,
        "finished": context.archive.counts(name)["iterations"],
        "sandbox": config.sandbox,
        "database": str(database),
        "unused_prompts": unused_prompts(context),
        **facts_of(context),
    }


def unused_prompts(context: SearchContext) -> list[str]:
    """Return the user's own templates that the search will never send."""
    config, generator, improver = context.config, context.generator, context.improver
    roles: tuple[RoleName, ...] = ("generator", "improver")
    return unused(
        config.prompts,
        forms={"generator": context.form, "improver": context.improver_form},
        completion={"generator": generator.completion, "improver": improver.completion},
        silent=[role for role in roles if role not in context.method.roles],
        repairs=config.repairs > 0,
        starts_itself=config.start_program is None,
    )


def refuse_other_data(name: str, context: SearchContext) -> None:
    """Make sure that the data is that of a search in the archive.

    Raises:
        UsageError: It has changed.
    """
    refuse_changed(name, context.archive, context.task)


def is_other_data(search: SearchRow, data: PreparedData | Task) -> bool:
    """Tell whether a search in the archive was made with other data; False if it is not known."""
    before = search["facts"].get("fingerprint")
    return before not in (None, data.fingerprint, data.former_fingerprint)


def refuse_changed(name: str, archive: Archive, data: PreparedData | Task) -> None:
    """Make sure that this data is that of a search in the archive.

    A search of a version that showed the test images in their source's order goes on.

    Raises:
        UsageError: It has changed.
    """
    if is_other_data(archive.search(name), data):
        raise UsageError(
            f"the data of search {name!r} has changed since it was started, or this version reads "
            "it otherwise (hidden files, transparency, more than 8 bits): scores would no longer "
            "compare; put the old files back or start a new search"
        )
