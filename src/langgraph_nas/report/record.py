"""All that the archive knows of one search or one trial, as plain values."""

from typing import Any

from langgraph_nas.archive import Archive, TrainingRow
from langgraph_nas.config import SearchConfig
from langgraph_nas.session import status_now

ROLES = ("generator", "improver")


def search_record(archive: Archive, name: str, iteration: int | None) -> dict[str, Any]:
    """Return a search with its trials, triples, calls in figures, finalists and later trainings.

    With an `iteration`: that trial with its calls, prompts and replies included.

    Raises:
        UsageError: There is no such search or iteration.
    """
    search = archive.search(name)
    search["status"] = status_now(name, search["status"], archive.path)
    if iteration is not None:
        return {
            "search": name,
            "trial": archive.trial(name, iteration),
            "same_graph": archive.same_graphs(name, iteration),
            "triple": next((t for t in archive.triples(name) if t["iteration"] == iteration), None),
            "calls": archive.calls(name, iteration),
        }
    goals = SearchConfig.model_validate(search["settings"]).goals
    several = {"front": archive.front(name, goals)} if len(goals) > 1 else {}
    return {
        **several,
        "search": search,
        "counts": archive.counts(name),
        "trials": archive.trials(name),
        "triples": archive.triples(name),
        "calls": {role: call_figures(archive, name, role) for role in ROLES},
        "finalists": archive.finalists(name),
        "trainings": [_plain(row) for row in archive.trainings(name)],
    }


def _plain(row: TrainingRow) -> dict[str, Any]:
    """Return a training without what it predicted: no label was compared with that yet."""
    return {key: value for key, value in row.items() if key != "unscored"}


def call_figures(archive: Archive, name: str, role: str) -> dict[str, Any]:
    """Return how often a role was asked, what it cost, and how often a fallback stood in."""
    calls = [call for call in archive.calls(name) if call["role"] == role]
    return {
        "calls": len(calls),
        "models": sorted({call["model"] for call in calls}),
        "prompt_tokens": sum(call["prompt_tokens"] or 0 for call in calls),
        "reply_tokens": sum(call["reply_tokens"] or 0 for call in calls),
        "seconds": sum(call["seconds"] or 0.0 for call in calls),
        "load_seconds": sum(call["load_seconds"] or 0.0 for call in calls),
        "fallback_share": archive.fallback_share(name, role),
        "trimmed": sum(bool(call["trimmed"]) for call in calls),
    }
