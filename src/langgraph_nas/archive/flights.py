"""Table `flights`: trials that are begun and not yet closed, and the schedule of those that are."""

from typing import cast

from langgraph_nas.archive.store import Store, plain
from langgraph_nas.state import Evaluation


class Flights(Store):
    """Queries and changes of the table `flights`, and the order of proposing and closing."""

    def claim_flight(self, search: str, iteration: int, proposed_in: int, program: str) -> None:
        """Record that a trial is begun, unless it is recorded with this very program."""
        if not self._flight(search, iteration, program):
            row = {"search": search, "iteration": iteration, "proposed_in": proposed_in}
            self._put("flights", {**row, "program": program, "evaluation": None})

    def keep_outcome(
        self, search: str, iteration: int, program: str, evaluation: Evaluation
    ) -> None:
        """Keep what became of a trial that is begun, until it is closed."""
        if self._flight(search, iteration, program):
            self._update("flights", (search, iteration), {"evaluation": dict(evaluation)})

    def kept_outcome(self, search: str, iteration: int, program: str) -> Evaluation | None:
        """Return what became of this program, whose trial is not closed; None if not known."""
        rows = self._flight(search, iteration, program)
        return cast("Evaluation | None", rows[0]["evaluation"]) if rows else None

    def drop_flight(self, search: str, iteration: int) -> None:
        """Forget that a trial is begun: it is closed."""
        with self._lock, self._database.conn:
            self._database.conn.execute(
                "DELETE FROM flights WHERE search = ? AND iteration = ?", (search, iteration)
            )

    def closed_in(self, search: str, number: int) -> list[int]:
        """Return the trials that were closed in this pass through the nodes, in their order."""
        rows = self._ask(
            "SELECT iteration FROM trials WHERE search = :search AND closed_in = :number "
            "ORDER BY closed",
            {"search": search, "number": number},
        )
        return [row["iteration"] for row in rows]

    def begun(self, search: str, number: int | None = None) -> int:
        """Return the last trial that is begun, or was by this pass through the nodes; else 0."""
        rows = self._ask(
            "SELECT max(iteration) AS last FROM (SELECT iteration, proposed_in FROM trials "
            "WHERE search = :search UNION SELECT iteration, proposed_in FROM flights "
            "WHERE search = :search) WHERE proposed_in <= :number",
            {"search": search, "number": 2**62 if number is None else number},
        )
        return int(rows[0]["last"] or 0)

    def _flight(self, search: str, iteration: int, program: str) -> list[dict[str, object]]:
        where = "WHERE search = :search AND iteration = :iteration AND program = :program"
        values = {"search": search, "iteration": iteration, "program": plain(program)}
        return self._rows("flights", where, values)
