"""How a search went, counted from its rows in the archive."""

from dataclasses import asdict
from typing import Any

import pytest

from langgraph_nas.runs.study.course import read_search_statistics


class Rows:
    """An archive of one search."""

    def __init__(self, trials: list[Any], triples: list[Any] = (), calls: list[Any] = ()) -> None:
        self._rows = trials, list(triples), list(calls)

    def trials(self, name: str) -> list[Any]:
        return self._rows[0]

    def triples(self, name: str) -> list[Any]:
        return self._rows[1]

    def calls(self, name: str) -> list[Any]:
        return self._rows[2]


def trial(iteration: int, *scores: float, outcome: str = "ok", repairs: int = 0) -> dict[str, Any]:
    accuracy = sum(scores) / len(scores) if scores and outcome == "ok" else None
    return {
        "iteration": iteration,
        "outcome": outcome,
        "scores": list(scores),
        "accuracy": accuracy,
        "repairs": [{"outcome": "build_error"}] * repairs,
    }


def triple(iteration: int, suggestion: str = "", move: str | None = None) -> dict[str, Any]:
    return {"iteration": iteration, "problem": "", "suggestion": suggestion, "move": move}


def call(iteration: int, attempt: int, role: str = "generator", source: str = "llm") -> Any:
    number = 8 * iteration + attempt
    return {"iteration": iteration, "number": number, "role": role, "source": source}


def course(*rows: Any) -> dict[str, int]:
    return asdict(read_search_statistics("s", Rows(*rows)))  # type: ignore[arg-type]


def test_a_best_that_falls_behind_when_trained_again_is_overturned() -> None:
    found = course(
        [
            trial(1, 0.5, 0.52),  # the first: held
            trial(2, 0.6, 0.3),  # 0.45 on the mean
            trial(3, 0.7, outcome="timeout"),  # failed when it was confirmed
            trial(4, 0.505),  # not a best
            trial(5, 0.8, 0.8),
        ]
    )
    assert (found["confirmed"], found["overturned"]) == (4, 2)


def test_bests_that_count_at_once_are_not_confirmed() -> None:
    found = course([trial(1, 0.5), trial(2, 0.6)])
    assert (found["confirmed"], found["overturned"]) == (0, 0)


def test_a_repeat_that_shows_an_earlier_score_is_no_best() -> None:
    found = course([trial(1, 0.5, 0.4), trial(2, 0.5, 0.4, outcome="duplicate")])
    assert (found["confirmed"], found["failing"]) == (1, 1)


def test_failures_in_a_row_are_counted_and_rejected_ones_left_out() -> None:
    outcomes = ["ok", "timeout", "rejected", "no_code", "ok", "duplicate"]
    found = course([trial(n, outcome=outcome) for n, outcome in enumerate(outcomes, 1)])
    assert (found["failing"], found["unread"], found["rounds"]) == (2, 1, 6)


@pytest.mark.parametrize(("between", "repeated"), [(1, 1), (4, 1), (5, 0)])
def test_a_suggestion_repeats_one_of_the_last_five_rounds(between: int, repeated: int) -> None:
    words = ("wider", "narrower", "shorter", "pooled", "normalised")
    told = ["Go deeper.", *(f"Make it {word}." for word in words[:between]), "go deeper"]
    triples = [triple(n, text) for n, text in enumerate(told, 1)]
    rounds = range(1, len(told) + 1)
    calls = [call(n, 4, "improver") for n in rounds]
    found = course([trial(n) for n in rounds], triples, calls)
    assert (found["suggestions"], found["repeated"]) == (len(told), repeated)


def test_advice_that_no_improver_gave_is_no_suggestion() -> None:
    found = course([trial(1), trial(2)], [triple(1, "same"), triple(2, "same")], [])
    assert (found["suggestions"], found["repeated"]) == (0, 0)


def test_a_reply_asked_for_again_counts_and_a_repair_does_not() -> None:
    calls = [
        *(call(1, attempt) for attempt in (0, 1, 6, 7)),
        call(1, 4, "improver", "fallback"),
        call(1, 5, "improver"),
        call(2, 4, "improver", "fallback"),
    ]
    found = course([trial(1), trial(2)], [triple(1), triple(2)], calls)
    assert (found["asked_again"], found["unread"]) == (2, 1)


def test_a_triple_that_breaks_off_is_cut() -> None:
    texts = ("Go deeper.", "x" * 300, "x" * 301, "Take the first ...", "Pool less. Go deeper")
    triples = [triple(n, text) for n, text in enumerate(texts, 1)]
    triples[0]["problem"] = "y" * 300
    calls = [call(n, 4, "improver") for n in range(1, 6)]
    found = course([trial(n) for n in range(1, 6)], triples, calls)
    assert (found["suggestions"], found["cut"]) == (5, 3)


def test_advice_in_place_of_an_unreadable_reply_is_no_suggestion() -> None:
    triples = [triple(n, "Make it smaller.") for n in (1, 2, 3)]
    calls = [call(n, 4, "improver", "fallback") for n in (1, 2, 3)]
    found = course([trial(n) for n in (1, 2, 3)], triples, calls)
    assert (found["suggestions"], found["repeated"], found["unread"]) == (0, 0, 3)


def test_a_round_is_mended_if_its_network_trains_after_repairs() -> None:
    found = course(
        [
            trial(1, 0.5),
            trial(2, 0.4, repairs=1),
            trial(3, outcome="build_error", repairs=2),
            trial(4, outcome="duplicate", repairs=1),
        ]
    )
    assert (found["repaired"], found["mended"]) == (3, 1)


def test_a_widened_round_is_the_one_after_the_move_and_gains_if_its_best_holds() -> None:
    trials = [trial(1, 0.5), trial(2, 0.6, 0.6), trial(3, 0.7, 0.1), trial(4, 0.4)]
    found = course(trials, [triple(n, move="elite") for n in (1, 2, 3, 4)])
    assert (found["widened"], found["gained"]) == (3, 1)
