"""The archive of all searches, in one SQLite file."""

from langgraph_nas.archive.flights import Flights
from langgraph_nas.archive.lessons import Lessons
from langgraph_nas.archive.searches import Searches
from langgraph_nas.archive.trainings import Trainings
from langgraph_nas.archive.trials import Trials


class Archive(Searches, Trials, Flights, Lessons, Trainings):
    """Searches, their trials, diagnostic triples, LLM calls, finalists, and what was trained later.

    Every recording is one transaction that is on disk when the method returns, and may be
    repeated: the row is then replaced. Methods may be called from any thread.

    Raises:
        ArchiveError: The file is damaged.
        StorageError: The disk is full or read-only, or another program keeps the file locked.

    Example:
        >>> with Archive.open("nas-runs/searches.db", readonly=True) as archive:  # doctest: +SKIP
        ...     archive.best_trial("digits-1")["accuracy"]
        0.963
    """
