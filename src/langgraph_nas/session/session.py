"""A search while it is open: the one lifecycle, whichever way it is run."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from langgraph_nas.archive import SearchRow
from langgraph_nas.config import RAISED, SearchConfig
from langgraph_nas.errors import UsageError
from langgraph_nas.sandbox.base import OnEvent
from langgraph_nas.session.best_file import write_best
from langgraph_nas.session.ends import record_end, with_change
from langgraph_nas.session.facts import facts_of, refuse_other_data
from langgraph_nas.session.finalists import measure_finalists
from langgraph_nas.trials import SearchContext

_STANDING = ("status", "stopped", "seconds", "settings", "facts")
"""How a search stands in the archive."""


class Session:
    """A search that is open.

    `search()`, `resume` and `replay` have one for the call; the nodes of a graph that runs
    elsewhere find theirs by the name of the search. What it leaves in the archive and beside it is
    the same. Whoever opens it owns the search meanwhile, and closes the context.

    Args:
        name: The search.
        context: Its collaborators.

    Attributes:
        before: How it stood when it was opened; None of a new one.
    """

    def __init__(self, name: str, context: SearchContext) -> None:
        self.name, self.context = name, context
        self.before: SearchRow | None = None
        self._is_past = False
        """It goes through iterations that are recorded already."""
        self._ahead: float | None = None
        """Seconds that are recorded, and are none of its iterations'."""

    @property
    def database(self) -> Path:
        """The archive's file."""
        return self.context.archive.path

    def record(self, **facts: Any) -> None:
        """Record a new search.

        Args:
            facts: What is true of it besides `facts_of`.

        Raises:
            UsageError: There is one of this name.
        """
        context, settings = self.context, self.context.config.model_dump()
        known = facts_of(context) | context.method.facts(settings, facts) | facts
        context.archive.create_search(self.name, settings, known)

    def go_on(self, changed: Mapping[str, Any] | None = None) -> None:
        """Record that a search goes on.

        Args:
            changed: What is new of its end, as `ends.changed_end` returns it; None: nothing.

        Raises:
            UsageError: Its data has changed.
        """
        context, archive = self.context, self.context.archive
        refuse_other_data(self.name, context)
        self.before = before = archive.search(self.name)
        facts = before["facts"] | context.method.facts(before["settings"], before["facts"])
        if changed:
            facts = with_change(facts, changed, archive.counts(self.name)["iterations"])
        settings = context.config.model_dump() if changed is not None else None
        archive.update_search(self.name, settings=settings, status="running", facts=facts)

    def take_back(self) -> None:
        """Have the search stand as it did before `go_on`."""
        if self.before is not None:
            stood = {key: self.before[key] for key in _STANDING}  # type: ignore[literal-required]
            self.context.archive.update_search(self.name, **stood)

    def move_end(self, config: SearchConfig, done: int) -> None:
        """Have the end of the search be that of these settings.

        It is recorded before the next trial is; a search that goes through its past again, and has
        more trials than `done`, keeps the end that it has.
        """
        ends = {field: getattr(config, field) for field in RAISED}
        now = self.context.config.model_copy(update=ends)
        if now != self.context.config:
            self.context = replace(self.context, config=now)
        archive = self.context.archive
        self._is_past = archive.counts(self.name)["iterations"] > done
        if not self._is_past:
            record_end(self.name, archive, now)

    def spent_on_trials(self, before: float, now: float) -> None:
        """Record the seconds that its iterations have taken, beside those that finalists took.

        Args:
            before: What they had taken before the last one.
            now: What they have taken with it.
        """
        if self._ahead is None:
            row = self.context.archive.search(self.name)
            self._ahead = 0.0 if self._is_past else max(0.0, row["seconds"] - before)
        self.spent(self._ahead + now)

    def spent(self, seconds: float) -> None:
        """Record the seconds that the search has taken so far."""
        archive = self.context.archive
        before = archive.search(self.name)["seconds"]
        archive.update_search(self.name, seconds=max(seconds, before))

    def finish(self, reason: str, tell: OnEvent) -> str:
        """Write the best network, measure the finalists, and record that the search has ended.

        Args:
            reason: Why it has; `interrupted`: it was stopped before, and has no finalists yet.
            tell: Told of each finalist.

        Returns:
            The reason; `interrupted` if it was stopped meanwhile.
        """
        context, archive, began = self.context, self.context.archive, time.monotonic()
        write_best(self.name, archive, self.database)
        if reason != "interrupted":
            if measure_finalists(self.name, context, tell):
                self.spent(archive.search(self.name)["seconds"] + time.monotonic() - began)
            reason = "interrupted" if context.stop.is_set() else reason
        status = "interrupted" if reason == "interrupted" else "finished"
        archive.update_search(self.name, status=status, stopped=reason)
        return reason

    def stand(self, status: str, stopped: str | None) -> None:
        """Record how the search stands while it does not run."""
        self.context.archive.update_search(self.name, status=status, stopped=stopped)

    def forget_unbegun(self) -> None:
        """Delete a search without a trial: one whose start program fails leaves its name free."""
        archive = self.context.archive
        if not archive.counts(self.name)["iterations"]:
            with suppress(UsageError):
                archive.delete_search(self.name)
