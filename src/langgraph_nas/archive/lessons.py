"""Tables `triples` and `calls`: what the improver made of it, and every LLM call."""

from collections.abc import Sequence
from typing import cast

from langgraph_nas.archive.rows import CallRow, TripleRow
from langgraph_nas.archive.store import Store
from langgraph_nas.state import Source, Triple


class Lessons(Store):
    """Queries and changes of the tables `triples` and `calls`."""

    def record_triple(self, search: str, triple: Triple, why: str | None = None) -> None:
        """Record a triple, pending or closed; recording an iteration again replaces its row.

        `why` is the reason of its `move`.
        """
        self._put("triples", {"search": search, **triple, "why": why})

    def close_triple(self, search: str, iteration: int, outcome: str) -> None:
        """Write the outcome into the triple that was made at `iteration`.

        Raises:
            sqlite_utils.db.NotFoundError: It was never recorded.
        """
        self._update("triples", (search, iteration), {"outcome": outcome})

    def triples(self, search: str) -> list[TripleRow]:
        """Return all triples of a search, in order."""
        where = "WHERE search = :search ORDER BY iteration"
        return cast(list[TripleRow], self._rows("triples", where, {"search": search}))

    def find_triple(self, search: str, iteration: int) -> TripleRow | None:
        """Return the triple that was made at `iteration`, None if it is not recorded."""
        where = "WHERE search = :search AND iteration = :iteration"
        rows = self._rows("triples", where, {"search": search, "iteration": iteration})
        return cast(TripleRow, rows[0]) if rows else None

    def record_call(
        self,
        search: str,
        number: int,
        *,
        iteration: int,
        role: str,
        model: str,
        prompt: str,
        reply: str | None,
        source: Source = "llm",
        prompt_tokens: int | None = None,
        reply_tokens: int | None = None,
        seconds: float | None = None,
        load_seconds: float | None = None,
        seed: int | None = None,
        temperature: float | None = None,
        cut: str | None = None,
        thought: int | None = None,
        schema_refused: str | None = None,
        trimmed: Sequence[str] = (),
        error: str | None = None,
    ) -> None:
        """Record one LLM call; recording a number again replaces its row.

        `number` counts the calls of a search. `source` is `fallback` where the reply could not
        be used and something else took its place.
        """
        row = {
            "search": search,
            "number": number,
            "iteration": iteration,
            "role": role,
            "position": self.count_calls(search, role, before=number),
            "model": model,
            "prompt": prompt,
            "reply": reply,
            "source": source,
            "prompt_tokens": prompt_tokens,
            "reply_tokens": reply_tokens,
            "seconds": seconds,
            "load_seconds": load_seconds,
            "seed": seed,
            "temperature": temperature,
            "cut": cut,
            "thought": thought,
            "schema_refused": schema_refused,
            "trimmed": list(trimmed),
            "error": error,
        }
        self._put("calls", row)

    def calls(self, search: str, iteration: int | None = None) -> list[CallRow]:
        """Return all LLM calls of a search, or of one iteration, in order."""
        only = "" if iteration is None else "AND iteration = :iteration "
        values = {"search": search} | ({} if iteration is None else {"iteration": iteration})
        where = f"WHERE search = :search {only}ORDER BY number"
        return cast(list[CallRow], self._rows("calls", where, values))

    def find_call(self, search: str, number: int) -> CallRow | None:
        """Return the LLM call of this number, None if it is not recorded."""
        values = {"search": search, "number": number}
        rows = self._rows("calls", "WHERE search = :search AND number = :number", values)
        return cast(CallRow, rows[0]) if rows else None

    def count_tokens(self, search: str, iteration: int, role: str) -> tuple[int, int]:
        """Return the tokens of all prompts and of all replies of a role in one iteration."""
        row = self._ask(
            "SELECT total(prompt_tokens) AS prompts, total(reply_tokens) AS replies FROM calls "
            "WHERE search = :search AND iteration = :iteration AND role = :role",
            {"search": search, "iteration": iteration, "role": role},
        )[0]
        return int(row["prompts"]), int(row["replies"])

    def count_calls(self, search: str, role: str, before: int) -> int:
        """Return how many calls a role made with a number below `before`."""
        rows = self._ask(
            "SELECT position FROM calls WHERE search = :search AND role = :role "
            "AND number < :before ORDER BY number DESC LIMIT 1",
            {"search": search, "role": role, "before": before},
        )
        return int(rows[0]["position"]) + 1 if rows else 0

    def fallback_share(self, search: str, role: str) -> float | None:
        """Return the share (0..1) of a role's calls that a fallback replaced; None if no calls."""
        rows = self._ask(
            "SELECT avg(source = 'fallback') AS share FROM calls "
            "WHERE search = :search AND role = :role",
            {"search": search, "role": role},
        )
        share: float | None = rows[0]["share"]
        return share
