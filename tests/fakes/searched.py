"""A search that is over, as its archive knows it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langgraph_nas.archive import Archive
from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import failure
from langgraph_nas.programs import program_hash


def record_search(
    database: Path,
    programs: Sequence[tuple[str, float | None]],
    *,
    facts: dict[str, Any] | None = None,
    **settings: Any,
) -> None:
    """Record a search `s` of these programs and scores; without a score, it failed."""
    config = SearchConfig(**{"sandbox": "unsafe-subprocess", "sandbox_retries": 0, **settings})
    split = "test" if config.protocol == "paper" else "validation"
    with Archive.open(database) as archive:
        known = {"scored_split": split, **(facts or {})}
        archive.create_search("s", config.model_dump(), known)
        for iteration, (text, accuracy) in enumerate(programs, start=1):
            outcome = "forward_error" if accuracy is None else "ok"
            archive.record_trial(
                "s",
                iteration,
                {
                    "code": text,
                    "spec": None,
                    "form": "code",
                    "program_hash": program_hash(text),
                    "problem": None,
                    "source": "llm",
                },
                {
                    **failure(outcome, "score", ""),
                    "accuracy": accuracy,
                    "scores": [] if accuracy is None else [accuracy],
                    "split": None if accuracy is None else split,
                },
            )
