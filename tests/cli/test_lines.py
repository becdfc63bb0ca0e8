"""What stays on the screen of a search besides its trials."""

from typing import Any

import pytest

from langgraph_nas.cli.board import Board
from langgraph_nas.cli.lines import lasting_line

AWAY: dict[str, Any] = {
    "event": "no_answer",
    "iteration": 1,
    "role": "generator",
    "why": "Connection refused",
    "seconds": 4.0,
    "retry": 3,
    "retries": 5,
}
AWAY_TOLD = "no answer from the model server (Connection refused): again in 4 s, 3 of 5"


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            {"event": "confirmed", "iteration": 3, "scores": [0.9, 0.8]},
            "  trained with another seed to confirm it: 0.900 and 0.800",
        ),
        ({"event": "confirmed", "iteration": 3, "scores": [0.9]}, None),
        (
            {
                "event": "repaired",
                "iteration": 3,
                "attempt": 1,
                "before": "forward_error",
                "outcome": "ok",
            },
            "  mended, try 1: forward_error -> ok",
        ),
        (
            {"event": "widened", "iteration": 9, "move": "elite", "why": "4 failures in a row"},
            "  4 failures in a row: next round starts from another good network",
        ),
        (AWAY, f"  {AWAY_TOLD}"),
        (
            {"event": "schema_refused", "iteration": 1, "role": "improver", "why": "no\nschemas"},
            "  the improver's server takes no such schema (no schemas): asked without it",
        ),
        (
            {"event": "reply", "iteration": 1, "role": "generator", "problem": "it was empty"},
            "  generator: it was empty",
        ),
        ({"event": "reply", "iteration": 1, "role": "generator", "problem": None}, None),
        ({"event": "reply", "iteration": 1, "role": "generator"}, None),
    ],
)
def test_what_a_search_does_besides_trials_is_told(event: dict[str, Any], line: str | None) -> None:
    assert lasting_line(event, "validation") == line


def test_a_server_that_is_away_is_what_is_going_on():
    board = Board()
    board.take(AWAY)
    assert board.activity == AWAY_TOLD
