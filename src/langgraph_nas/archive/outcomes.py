"""Table `outcomes`: of trials in flight that are finished, and not yet closed."""

from typing import cast

from langgraph_nas.archive.store import Store, plain
from langgraph_nas.state import Evaluation


class Outcomes(Store):
    """Queries and changes of the table `outcomes`, and the order of closing."""

    def keep_outcome(
        self, search: str, iteration: int, program: str, evaluation: Evaluation
    ) -> None:
        """Keep what became of a program until its trial is closed."""
        row = {"search": search, "iteration": iteration, "program": program}
        self._put("outcomes", {**row, "evaluation": dict(evaluation)})

    def kept_outcome(self, search: str, iteration: int, program: str) -> Evaluation | None:
        """Return what became of this program, whose trial is not closed; None if not known."""
        where = "WHERE search = :search AND iteration = :iteration AND program = :program"
        values = {"search": search, "iteration": iteration, "program": plain(program)}
        rows = self._rows("outcomes", where, values)
        return cast(Evaluation, rows[0]["evaluation"]) if rows else None

    def drop_outcome(self, search: str, iteration: int) -> None:
        """Forget it: the trial is closed."""
        with self._lock, self._database.conn:
            self._database.conn.execute(
                "DELETE FROM outcomes WHERE search = ? AND iteration = ?", (search, iteration)
            )

    def closed_in(self, search: str, number: int) -> list[int]:
        """Return the trials that were closed in this pass through the nodes, in their order."""
        rows = self._ask(
            "SELECT iteration FROM trials WHERE search = :search AND closed_in = :number "
            "ORDER BY closed",
            {"search": search, "number": number},
        )
        return [row["iteration"] for row in rows]
