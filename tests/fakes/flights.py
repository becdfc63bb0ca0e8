"""What must hold of a search with several trials in flight, in whatever order they ended."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from langgraph_nas import Archive


def faults_of(database: Path, iterations: int, name: str = "s") -> list[str]:
    """Return what is lost, doubled or linked wrongly; nothing if all is well.

    Each trial is there once, and what it came to closes the triple of its parent alone.
    """
    with Archive.open(database, readonly=True) as archive:
        trials, triples = archive.trials(name), archive.triples(name)
        left = archive._ask("SELECT iteration FROM flights WHERE search = :name", {"name": name})
    numbers, found = list(range(1, iterations + 1)), []
    if [trial["iteration"] for trial in trials] != numbers:
        found.append(f"lost or doubled trials: {[trial['iteration'] for trial in trials]}")
    if sorted(trial["closed"] or 0 for trial in trials) != numbers:
        found.append(f"order of closing: {[trial['closed'] for trial in trials]}")
    if [triple["iteration"] for triple in triples] != numbers:
        found.append(f"lost or doubled triples: {[triple['iteration'] for triple in triples]}")
    if left:
        found.append(f"outcomes that were never closed: {left}")
    children = {trial["parent"]: trial for trial in trials if trial["parent"]}
    if len(children) != sum(trial["parent"] is not None for trial in trials):
        found.append("two trials follow the same triple")
    return found + list(_wrong(triples, children))


def _wrong(triples: list[Any], children: dict[Any, Any]) -> Iterator[str]:
    """Yield the triples that another outcome than that of their child has closed."""
    for triple in triples:
        child, outcome = children.get(triple["iteration"]), triple["outcome"] or ""
        expected = _expected(child) if child else ""
        if (expected not in outcome) or (not expected and outcome):
            yield f"triple {triple['iteration']}: {outcome!r} without {expected!r}"


def _expected(child: Any) -> str:
    if child["outcome"] == "ok":
        return f"{child['accuracy']:.4f}"
    if child["outcome"] == "duplicate":
        return f"the same network as trial {child['same_as']}"
    return str(child["outcome"])
