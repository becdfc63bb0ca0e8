"""Tables `trials` and `finalists`: candidates and what became of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from langgraph_nas.archive.rows import Counts, FinalistRow, TrialRow
from langgraph_nas.archive.store import Store
from langgraph_nas.errors import UsageError
from langgraph_nas.objectives import ACCURACY, Objective, order_of, pareto_front, spread
from langgraph_nas.outcomes import OUTCOMES, Outcome
from langgraph_nas.state import Candidate, Evaluation

_REUSABLE = "outcome IN ({})".format(
    ", ".join(f"'{outcome}'" for outcome, facts in OUTCOMES.items() if facts.is_reusable)
)

_VALID = "search = :search AND outcome = 'ok' AND accuracy IS NOT NULL"


@dataclass(frozen=True)
class Past:
    """The trials that lie before something; None: no bound of this kind."""

    last: int | None = None
    """No later iterations."""
    closed: int | None = None
    """Those closed before the one with this place in the order of closing."""
    passes: int | None = None
    """Those closed before this pass through the nodes."""


def _until(past: Past | None) -> tuple[str, dict[str, int]]:
    """Return the bounds of a past in SQL, and their values."""
    if past is None:
        return "", {}
    bounds = (
        ("AND iteration <= :last ", "last", past.last),
        ("AND closed < :closed ", "closed", past.closed),
        ("AND closed_in < :passes ", "passes", past.passes),
    )
    used = [(sql, name, value) for sql, name, value in bounds if value is not None]
    return "".join(sql for sql, _, _ in used), {name: value for _, name, value in used}


class Trials(Store):
    """Queries and changes of the tables `trials` and `finalists`."""

    def record_trial(
        self,
        search: str,
        iteration: int,
        candidate: Candidate,
        evaluation: Evaluation,
        *,
        prompt_tokens: int | None = None,
        reply_tokens: int | None = None,
        parent: int | None = None,
        proposed_in: int | None = None,
        closed_in: int | None = None,
    ) -> None:
        """Record what became of a candidate; recording an iteration again replaces its row.

        Its place in the order of closing it keeps.
        """
        row = {
            "parent": parent,
            "proposed_in": proposed_in,
            "closed": self._place(search, iteration),
            "closed_in": closed_in,
            **candidate,
            **evaluation,
            "search": search,
            "iteration": iteration,
            "program": candidate["code"],
            "seconds_total": evaluation["seconds"].get("total"),
            "prompt_tokens": prompt_tokens,
            "reply_tokens": reply_tokens,
        }
        del row["code"]
        self._put("trials", row)

    def _place(self, search: str, iteration: int) -> int:
        """Return the place of a trial in the order of closing: its own, else the next one."""
        rows = self._ask(
            "SELECT (SELECT closed FROM trials WHERE search = :search AND iteration = :iteration) "
            "AS own, (SELECT count(*) FROM trials WHERE search = :search) AS before",
            {"search": search, "iteration": iteration},
        )
        return int(rows[0]["own"] or rows[0]["before"] + 1)

    def trials(self, search: str, past: Past | None = None) -> list[TrialRow]:
        """Return all trials of a search, or those of a past, in order."""
        until, values = _until(past)
        where = f"WHERE search = :search {until}ORDER BY iteration"
        return cast(list[TrialRow], self._rows("trials", where, {"search": search, **values}))

    def trial(self, search: str, iteration: int) -> TrialRow:
        """Return one trial.

        Raises:
            UsageError: The search has no such iteration.
        """
        found = self.find_trial(search, iteration)
        if found is None:
            last = self.counts(search)["iterations"]
            raise UsageError(
                f"search {search!r} has no iteration {iteration}; it has recorded {last} of them"
            )
        return found

    def find_trial(self, search: str, iteration: int) -> TrialRow | None:
        """Return one trial, None if it is not recorded."""
        where = "WHERE search = :search AND iteration = :iteration"
        rows = self._rows("trials", where, {"search": search, "iteration": iteration})
        return cast(TrialRow, rows[0]) if rows else None

    def outcomes(self, search: str, first: int, last: int) -> list[Outcome]:
        """Return the outcomes of the iterations from `first` to `last`, in order."""
        rows = self._ask(
            "SELECT outcome FROM trials WHERE search = :search "
            "AND iteration BETWEEN :first AND :last ORDER BY iteration",
            {"search": search, "first": first, "last": last},
        )
        return [row["outcome"] for row in rows]

    def find_same(self, search: str, program_hash: str, before: int) -> list[TrialRow]:
        """Return the earlier trials of the same network whose outcome may hold again, in order.

        Never one that timed out, was killed, ran out of memory, met a failing sandbox, or is a
        duplicate itself.
        """
        where = (
            "WHERE search = :search AND program_hash = :hash AND iteration < :before "
            f"AND {_REUSABLE} ORDER BY iteration"
        )
        values = {"search": search, "hash": program_hash, "before": before}
        return cast(list[TrialRow], self._rows("trials", where, values))

    def find_elsewhere(self, search: str, program_hash: str) -> list[TrialRow]:
        """Return the trials of the same network in other searches, as `find_same`, oldest first."""
        where = (
            f"WHERE search != :search AND program_hash = :hash AND {_REUSABLE} "
            "AND outcome != 'rejected' ORDER BY created, search, iteration"
        )
        values = {"search": search, "hash": program_hash}
        return cast(list[TrialRow], self._rows("trials", where, values))

    def valid_programs(self, search: str, first: int, last: int) -> list[tuple[int, str]]:
        """Return iteration and text of the programs that trained, between two iterations."""
        rows = self._ask(
            f"SELECT iteration, program FROM trials WHERE {_VALID} AND program IS NOT NULL "
            "AND iteration BETWEEN :first AND :last ORDER BY iteration",
            {"search": search, "first": first, "last": last},
        )
        return [(row["iteration"], row["program"]) for row in rows]

    def first_with_graph(self, search: str, graph_hash: str, before: int) -> int | None:
        """Return the first trial before this iteration that computes the same, None without one."""
        rows = self._ask(
            "SELECT min(iteration) AS first FROM trials WHERE search = :search "
            "AND graph_hash = :graph AND iteration < :before AND outcome = 'ok'",
            {"search": search, "graph": graph_hash, "before": before},
        )
        first: int | None = rows[0]["first"]
        return first

    def same_graphs(self, search: str, iteration: int) -> list[int]:
        """Return the other trials of a search that compute the same as this one, in order."""
        rows = self._ask(
            "SELECT other.iteration FROM trials JOIN trials AS other USING (search, graph_hash) "
            "WHERE search = :search AND trials.iteration = :iteration "
            "AND other.iteration != :iteration ORDER BY other.iteration",
            {"search": search, "iteration": iteration},
        )
        return [row["iteration"] for row in rows]

    def best_trial(self, search: str) -> TrialRow | None:
        """Return the valid trial with the highest accuracy; of equal ones, the earliest."""
        rows = self.top_trials(search, 1)
        return rows[0] if rows else None

    def top_trials(self, search: str, n: int, past: Past | None = None) -> list[TrialRow]:
        """Return the best n different networks of a past, best first; of equals, the earliest."""
        until, bounds = _until(past)
        where = f"WHERE {_VALID} {until}ORDER BY {order_of(ACCURACY)} LIMIT :most"
        most = n + 8  # the same network may have trained twice, under other conditions
        while True:
            rows = self._rows("trials", where, {"search": search, "most": most, **bounds})
            best: dict[str, TrialRow] = {}
            for row in rows:
                best.setdefault(row["program_hash"] or row["program"], row)
            if len(best) >= n or len(rows) < most:
                return list(best.values())[:n]
            most *= 4

    def front(
        self, search: str, objectives: Sequence[Objective], past: Past | None = None
    ) -> list[TrialRow]:
        """Return the valid trials, of a past, that no other one beats in all of these.

        See `pareto_front`.
        """
        until, values = _until(past)
        rows = self._ask(
            "SELECT iteration, outcome, accuracy, parameters, measures FROM trials "
            f"WHERE {_VALID} {until}",
            {"search": search, **values},
        )
        figures = [{**row, "measures": json.loads(row["measures"])} for row in rows]
        return [self.trial(search, row["iteration"]) for row in pareto_front(figures, objectives)]

    def picked(self, search: str, n: int, objectives: Sequence[Objective]) -> list[TrialRow]:
        """Return n networks to look at again: the best, and with several objectives the front."""
        best = self.top_trials(search, n)
        if len(objectives) == 1 or not best:
            return best
        front = self.front(search, objectives)
        others = [row for row in front if row["iteration"] != best[0]["iteration"]]
        return [*best[:1], *spread(others[::-1], n - 1)[::-1]]

    def counts(self, search: str) -> Counts:
        """Return how many trials a search has: all, valid, distinct valid and by outcome."""
        values = {"search": search}
        by_outcome = self._ask(
            "SELECT outcome, count(*) AS trials FROM trials WHERE search = :search "
            "GROUP BY outcome ORDER BY trials DESC, outcome",
            values,
        )
        distinct = self._ask(
            "SELECT count(DISTINCT coalesce(program_hash, program)) AS networks, "
            "count(DISTINCT coalesce(graph_hash, program_hash, program)) AS graphs FROM trials "
            "WHERE search = :search AND outcome = 'ok'",
            values,
        )
        outcomes = {row["outcome"]: row["trials"] for row in by_outcome}
        return {
            "iterations": sum(outcomes.values()),
            "valid": outcomes.get("ok", 0),
            "distinct_valid": distinct[0]["networks"],
            "distinct_graphs": distinct[0]["graphs"],
            "outcomes": outcomes,
        }

    def record_finalist(
        self,
        search: str,
        iteration: int,
        seed: int,
        accuracies: Mapping[str, float],
        seconds: float,
        *,
        parameters: int | None = None,
        measures: Mapping[str, float] | None = None,
    ) -> None:
        """Record a finalist's second training; recording a trial again replaces its row."""
        row = {
            "search": search,
            "iteration": iteration,
            "seed": seed,
            "accuracies": dict(accuracies),
            "parameters": parameters,
            "measures": dict(measures or {}),
            "seconds": seconds,
        }
        self._put("finalists", row)

    def finalists(self, search: str) -> list[FinalistRow]:
        """Return the finalists of a search in the order in which the search ranked them."""
        rows = self._ask(
            "SELECT finalists.iteration FROM finalists JOIN trials USING (search, iteration) "
            f"WHERE search = :search ORDER BY trials.{order_of(ACCURACY)}",
            {"search": search},
        )
        order = [row["iteration"] for row in rows]
        rows = self._rows("finalists", "WHERE search = :search", {"search": search})
        rows.sort(key=lambda row: order.index(row["iteration"]))
        return [cast(FinalistRow, {**row, "rank": n}) for n, row in enumerate(rows, start=1)]
