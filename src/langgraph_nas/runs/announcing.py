"""What a search tells when it starts, and its estimate of time and disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from langgraph_nas.graph import checkpoint_path
from langgraph_nas.nodes import SearchContext

OnEvent = Callable[[dict[str, Any]], None]


def facts_of(context: SearchContext) -> dict[str, Any]:
    """Return what is true of a search besides its settings."""
    data = context.evaluator.data
    return {
        "scored_split": data.scored_split,
        "fingerprint": data.fingerprint,
        "isolation": context.evaluator.sandbox.isolation,
        "device": context.evaluator.device,
        "n_train": data.n_train,
        "n_scored": len(data.labels[data.scored_split]),
        "shape": list(data.info.shape),
        "classes": [str(name) for name in data.info.classes],
        "generator": context.generator.label,
        "improver": context.improver.label,
        "form": context.form,
        "improver_form": context.improver_form,
    }


def started(name: str, context: SearchContext, database: Path) -> dict[str, Any]:
    """Return the event `search_started`."""
    config = context.config
    return {
        "event": "search_started",
        "name": name,
        "dataset": config.dataset,
        "iterations": config.iterations,
        "sandbox": config.sandbox,
        "database": str(database),
        **facts_of(context),
    }


def with_estimate(tell: OnEvent, context: SearchContext, database: Path) -> OnEvent:
    """Return `tell` with one `estimate` event after the first iteration."""
    told = False

    def forward(event: dict[str, Any]) -> None:
        nonlocal told
        tell(event)
        if event["event"] == "iteration_ended" and not told:
            told = True
            left = max(0, context.config.iterations - event["iteration"])
            per_iteration = _stored_mb(database) / max(1, event["iteration"])
            tell(
                {
                    "event": "estimate",
                    "seconds_per_iteration": event["seconds"],
                    "seconds_left": event["seconds"] * left,
                    "disk_mb": per_iteration * context.config.iterations,
                }
            )

    return forward


def _stored_mb(database: Path) -> float:
    files = [
        Path(f"{path}{suffix}")
        for path in (database, checkpoint_path(database))
        for suffix in ("", "-wal")
    ]
    return sum(path.stat().st_size for path in files if path.exists()) / 2**20
