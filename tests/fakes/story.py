"""What a search found, without the times: what must not depend on whether it was killed."""

from pathlib import Path
from typing import Any

from langgraph_nas.archive import Archive

_TIMES = ("created", "updated", "seconds", "seconds_total", "load_seconds")


def story(database: Path, search: str = "s") -> dict[str, Any]:
    """Return settings, trials, triples, calls and finalists of a search, and its best network."""
    with Archive.open(database, readonly=True) as archive:
        found: dict[str, Any] = {
            "search": _timeless(archive.search(search)),
            "trials": list(map(_timeless, archive.trials(search))),
            "triples": list(map(_timeless, archive.triples(search))),
            "calls": list(map(_timeless, archive.calls(search))),
            "finalists": list(map(_timeless, archive.finalists(search))),
        }
    best = database.parent / search / "best.py"
    found["best"] = best.read_text() if best.exists() else None
    return found


def _timeless(row: Any) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in _TIMES}
