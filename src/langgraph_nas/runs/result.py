"""The result of a search, read from the archive."""

from dataclasses import dataclass
from pathlib import Path

from langgraph_nas.archive import Archive
from langgraph_nas.session import best_path


@dataclass(frozen=True)
class SearchResult:
    """The end of a search, or of a part of it."""

    name: str
    iterations: int
    """Trials recorded."""
    valid: int
    """Trials with outcome `ok`."""
    distinct_valid: int
    """Of these, different networks."""
    best_accuracy: float | None
    """Best accuracy of the search on `scored_split`: the best of many, so too good to be true."""
    best_iteration: int | None
    test_accuracy: float | None
    """The best network's accuracy on test, measured once, with a new seed."""
    database: str
    seconds: float
    first_accuracy: float | None
    """Accuracy of the first network that trained."""
    remeasured_accuracy: float | None
    """The best network's accuracy on `scored_split`, trained again with a new seed."""
    best_program: str | None
    """File with the best network's program."""
    stopped: str
    """`iterations`, `target_accuracy`, `time_budget` or `interrupted`."""
    scored_split: str
    isolation: str


def read_result(name: str, archive: Archive, database: Path, stopped: str) -> SearchResult:
    """Return the result of search `name` as it stands in the archive."""
    counts = archive.counts(name)
    trials = archive.trials(name)
    valid = [trial for trial in trials if trial["outcome"] == "ok"]
    best = archive.best_trial(name)
    row = archive.search(name)
    split = str(row["facts"]["scored_split"])
    measured = {row["iteration"]: row["accuracies"] for row in archive.finalists(name)}
    again = measured.get(best["iteration"], {}) if best else {}
    path = best_path(database, name)
    return SearchResult(
        name=name,
        iterations=counts["iterations"],
        valid=counts["valid"],
        distinct_valid=counts["distinct_valid"],
        best_accuracy=best["accuracy"] if best else None,
        best_iteration=best["iteration"] if best else None,
        test_accuracy=again.get("test"),
        database=str(database),
        seconds=row["seconds"],
        first_accuracy=valid[0]["accuracy"] if valid else None,
        remeasured_accuracy=again.get(split),
        best_program=str(path) if path.exists() else None,
        stopped=stopped,
        scored_split=split,
        isolation=str(row["facts"]["isolation"]),
    )
