"""The summary of a search: a few plain values and a few lines of text."""

from pathlib import Path
from typing import TypedDict

from langgraph_nas.archive import Archive
from langgraph_nas.session.best_file import write_best
from langgraph_nas.state import SearchState


class Summary(TypedDict):
    """What a search found."""

    search: str
    iterations: int
    accuracy: float | None
    program: str | None
    """File with the best network's program."""
    summary: str


def summary_of(state: SearchState, database: Path) -> Summary:
    """Return what a search found, and write its best network beside the archive."""
    name, best = state["search"], state.get("best")
    with Archive.open(database) as archive:
        counts = archive.counts(name)
        path = write_best(name, archive, database)
        split = archive.search(name)["facts"]["scored_split"]
        top = archive.best_trial(name)
    text = f"Search {name}: {counts['iterations']} networks tried, {counts['valid']} trained"
    if best is None or path is None:
        text += "; none of them works yet."
    else:
        trainings = len(top["scores"]) if top else 1
        trust = (
            f"the mean of {trainings} trainings"
            if trainings > 1
            else "trained once: the best of many is too good to be true"
        )
        text += (
            f". Best accuracy {best['accuracy']:.4f} on {split} (iteration "
            f"{best['iteration']}, {trust}). Its program: {path}"
        )
    return Summary(
        search=name,
        iterations=counts["iterations"],
        accuracy=best["accuracy"] if best else None,
        program=None if path is None else str(path),
        summary=text,
    )
