"""Table `searches`: what each was started with, and how it ended."""

import difflib
import json
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, cast

from langgraph_nas.archive.connect import explain
from langgraph_nas.archive.rows import SearchRow, SearchSummary
from langgraph_nas.archive.store import Store
from langgraph_nas.errors import UsageError
from langgraph_nas.objectives import ACCURACY, order_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

_SUMMARIES = f"""
SELECT name, searches.created, updated, status, stopped, searches.seconds,
    json_extract(settings, '$.dataset') AS dataset,
    (SELECT count(*) FROM trials WHERE search = name) AS iterations,
    (SELECT count(*) FROM trials WHERE search = name AND outcome = 'ok') AS valid,
    (SELECT count(DISTINCT program_hash) FROM trials WHERE search = name AND outcome = 'ok')
        AS distinct_valid,
    best.accuracy AS best_accuracy,
    best.iteration AS best_iteration,
    (SELECT json_extract(accuracies, '$.test') FROM finalists
        WHERE search = name AND iteration = best.iteration) AS test_accuracy
FROM searches LEFT JOIN trials AS best ON best.search = name AND best.iteration = (
    SELECT iteration FROM trials WHERE search = name AND outcome = 'ok' AND accuracy IS NOT NULL
    ORDER BY {order_of(ACCURACY)} LIMIT 1)
ORDER BY searches.created, name
"""


class Searches(Store):
    """Queries and changes of the table `searches`."""

    def create_search(
        self, name: str, settings: Mapping[str, Any], facts: Mapping[str, Any]
    ) -> None:
        """Record a new search, with status `running`.

        Raises:
            UsageError: There is one of this name, or the name is no file name.
        """
        self.refuse_taken(name)
        row = {
            "name": name,
            "updated": time.time(),
            "status": "running",
            "seconds": 0.0,
            "settings": dict(settings),
            "facts": dict(facts),
        }
        try:
            self._put("searches", row, replace=False)
        except sqlite3.IntegrityError as error:
            raise UsageError(_taken(name)) from error  # another process was faster

    def refuse_taken(self, name: str) -> None:
        """Make sure that a new search may have this name.

        Raises:
            UsageError: There is one of this name, or the name is no file name.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} is no name for a search: use letters, digits, '.', '_' and '-', "
                "beginning with a letter or digit"
            )
        if self._ask("SELECT name FROM searches WHERE name = :name", {"name": name}):
            raise UsageError(_taken(name))

    def names(self) -> list[str]:
        """Return the names of all searches."""
        return [row["name"] for row in self._ask("SELECT name FROM searches ORDER BY name", {})]

    def delete_search(self, name: str) -> None:
        """Delete a search and all that belongs to it, at once or not at all."""
        connection = self._database.conn
        with self._lock, explain(self.path), connection:
            for table in ("trainings", "finalists", "flights", "trials", "triples", "calls"):
                connection.execute(f"DELETE FROM {table} WHERE search = ?", (name,))
            connection.execute("DELETE FROM searches WHERE name = ?", (name,))

    def fork_search(
        self, name: str, *, proposals: int, trials: int, advice: int, lessons: int
    ) -> str:
        """Record a search that shares the beginning of another one, at once or not at all.

        Args:
            name: The search that it comes from.
            proposals: The last iteration of which it shares what the generator was asked.
            trials: The last one whose trial it shares.
            advice: The last one of which it shares what the improver was asked.
            lessons: The last one that it shares as a whole; the triple made there is open again.

        Returns:
            Its name, e.g. `digits-1-fork-1`.

        Raises:
            UsageError: There is no search to fork.
        """
        row = self.search(name)
        settings, raised = _as_of(row["settings"], row["facts"].get("raised", []), lessons)
        facts = {**row["facts"], "forked_from": name, "after_iteration": lessons}
        facts |= {"raised": raised} if "raised" in facts else {}
        cuts = {
            "trials": "iteration <= :trials",
            "triples": "iteration <= :lessons",
            "calls": "iteration <= :advice OR (iteration <= :proposals AND role = 'generator')",
        }
        values: dict[str, Any] = {"name": name, "proposals": proposals, "trials": trials}
        values |= {"advice": advice, "lessons": lessons}
        connection = self._database.conn
        with self._lock, explain(self.path), connection:
            connection.execute("BEGIN IMMEDIATE")  # nobody else takes the name
            new = values["new"] = next(self.free_names(f"{name}-fork"))
            self._copy("searches", "name", "", values)
            for table, cut in cuts.items():
                self._copy(table, "search", f" AND ({cut})", values)
            connection.execute(
                "UPDATE searches SET facts = :facts, settings = :settings, created = :now, "
                "stopped = NULL WHERE name = :new",
                {
                    "facts": json.dumps(facts),
                    "settings": json.dumps(settings),
                    "now": time.time(),
                    "new": new,
                },
            )
            connection.execute(
                "UPDATE triples SET outcome = NULL WHERE search = :new AND iteration = :lessons",
                values,
            )
        return new

    def _copy(self, table: str, key: str, cut: str, values: Mapping[str, Any]) -> None:
        """Copy rows of a search under its new name, within a transaction."""
        columns = [column.name for column in self._database[table].columns]
        taken = ", ".join(f":new AS {key}" if name == key else name for name in columns)
        self._database.conn.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"SELECT {taken} FROM {table} WHERE {key} = :name{cut}",
            values,
        )

    def search(self, name: str) -> SearchRow:
        """Return one search.

        Raises:
            UsageError: There is none of this name; the message lists the nearest ones.
        """
        rows = self._rows("searches", "WHERE name = :name", {"name": name})
        if not rows:
            raise UsageError(f"there is no search {name!r} in {self.path}; {self._nearest(name)}")
        return cast(SearchRow, rows[0])

    def searches(self) -> list[SearchSummary]:
        """Return a summary of each search, oldest first."""
        return cast(list[SearchSummary], self._ask(_SUMMARIES, {}))

    def update_search(
        self,
        name: str,
        *,
        status: str | None = None,
        stopped: str | None = None,
        seconds: float | None = None,
        settings: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Change what is given; None leaves a column as it is.

        A search that is set to `running` again has no reason why it stopped.

        Raises:
            UsageError: There is no search of this name.
        """
        self.search(name)
        given = {
            "status": status,
            "stopped": stopped,
            "seconds": seconds,
            "settings": settings,
            "facts": facts,
        }
        changes: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
        if status == "running":
            changes["stopped"] = stopped
        self._update("searches", name, {**changes, "updated": time.time()})

    def free_names(self, prefix: str) -> Iterator[str]:
        """Yield names that no search has, e.g. `digits-1`, and so on without an end."""
        stem = re.sub(r"[^A-Za-z0-9._]+", "-", prefix).strip("-._")[:80] or "search"
        taken = {row["name"] for row in self._ask("SELECT name FROM searches", {})}
        return (name for n in count(1) if (name := f"{stem}-{n}") not in taken)

    def _nearest(self, name: str) -> str:
        names = [row["name"] for row in self._ask("SELECT name FROM searches", {})]
        if not names:
            return "it holds no searches yet; start with `langgraph-nas search`"
        near = difflib.get_close_matches(name, names, n=5, cutoff=0.3) or names[-5:]
        return f"did you mean {', '.join(near)}? `langgraph-nas list` shows all"


def _as_of(
    settings: Mapping[str, Any], raised: Sequence[Mapping[str, Any]], done: int
) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """Return the settings before all changes of the end since, and the changes before that."""
    since = [change for change in raised if change["after_iteration"] > done]
    ends = {
        field: value["from"]
        for change in reversed(since)
        for field, value in change.items()
        if field != "after_iteration"
    }
    return {**settings, **ends}, [change for change in raised if change not in since]


def _taken(name: str) -> str:
    return (
        f"there is a search {name!r} already; go on with `langgraph-nas resume {name}`, or give "
        "another --name"
    )
