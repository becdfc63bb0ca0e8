"""The end of a search: it may change while it stands, and each change is recorded with it."""

from collections.abc import Mapping
from typing import Any

from langgraph_nas.archive import Archive, SearchRow
from langgraph_nas.config import RAISED, SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.methods import asks_llm


def changed_end(frozen: Mapping[str, Any], config: SearchConfig) -> dict[str, Any]:
    """Return each setting of the end that is not as it was, with its old and its new value."""
    before = SearchConfig.model_validate(frozen)
    return {
        field: {"from": getattr(before, field), "to": getattr(config, field)}
        for field in RAISED
        if getattr(before, field) != getattr(config, field)
    }


def with_change(facts: Mapping[str, Any], changed: Mapping[str, Any], after: int) -> dict[str, Any]:
    """Return the facts of a search with a change of its end, if there is any, after a trial."""
    if not changed:
        return dict(facts)
    return {**facts, "raised": [*facts.get("raised", []), {"after_iteration": after, **changed}]}


def record_end(name: str, archive: Archive, config: SearchConfig) -> None:
    """Record the end of a search in the archive if it is another one than before."""
    row = archive.search(name)
    changed = changed_end(row["settings"], config)
    if changed:
        facts = with_change(row["facts"], changed, archive.counts(name)["iterations"])
        ends = {field: getattr(config, field) for field in RAISED}
        archive.update_search(name, settings=row["settings"] | ends, facts=facts)


def refuse_passed(name: str, archive: Archive, changed: Mapping[str, Any]) -> None:
    """Make sure that a new end of a search lies ahead of it.

    Args:
        name: The search.
        archive: Where it is.
        changed: As `changed_end` returns it.

    Raises:
        UsageError: It does not: the search would end with more than its settings say.
    """
    row, best = archive.search(name), archive.best_trial(name)
    done = _begun(row, archive)
    passed = {
        "iterations": done,
        "time_budget": row["seconds"],
        "target_accuracy": best["accuracy"] if best else None,
    }
    for field, change in changed.items():
        reached, new = passed[field], change["to"]
        if None in (new, reached) or new > reached or (field, new) == ("iterations", done):
            continue
        raise UsageError(
            f"search {name!r} has passed {field} {new:g} already (it is at {reached:g}): give a "
            f"higher one, or `iterations` {done} to end it where it is"
        )


def _begun(row: SearchRow, archive: Archive) -> int:
    """Return how many iterations a search has begun; the last one will be finished."""
    done = archive.counts(row["name"])["iterations"]
    if row["status"] == "finished":
        return done
    if row["settings"].get("in_flight", 1) > 1:
        return archive.begun(row["name"])
    is_drawn = not asks_llm(row["settings"].get("method", "full"))
    return done + (is_drawn or bool(archive.calls(row["name"], done + 1)))
