"""The archive: what happened in all searches, in one SQLite file that anybody may open."""

from langgraph_nas.archive.archive import Archive
from langgraph_nas.archive.connect import explain
from langgraph_nas.archive.rows import (
    CallRow,
    Counts,
    FinalistRow,
    SearchRow,
    SearchSummary,
    TrainingRow,
    TrialRow,
    TripleRow,
)
from langgraph_nas.archive.trials import Past

__all__ = [
    "Archive",
    "CallRow",
    "Counts",
    "FinalistRow",
    "Past",
    "SearchRow",
    "SearchSummary",
    "TrainingRow",
    "TrialRow",
    "TripleRow",
    "explain",
]
