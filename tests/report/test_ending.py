"""The last words of a search."""

from pathlib import Path
from typing import Any

import pytest

from langgraph_nas.report.ending import ending_text
from langgraph_nas.runs import SearchResult

DEFAULT = Path("nas-runs/searches.db")


def result(**changes: Any) -> SearchResult:
    values: dict[str, Any] = {
        "name": "digits-1",
        "iterations": 14,
        "valid": 12,
        "distinct_valid": 11,
        "best_accuracy": 0.955,
        "best_iteration": 9,
        "test_accuracy": 0.94,
        "database": "nas-runs/searches.db",
        "seconds": 62.0,
        "first_accuracy": 0.912,
        "remeasured_accuracy": 0.95,
        "best_program": "nas-runs/digits-1/best.py",
        "stopped": "iterations",
        "scored_split": "validation",
        "isolation": "docker",
    }
    return SearchResult(**(values | changes))


def test_the_end_has_all_scores_and_where_things_are():
    assert ending_text(result(), DEFAULT).splitlines() == [
        "",
        "all iterations are done: 14 iterations in 1 min 2 s, 12 valid, 11 of them distinct",
        "  first         0.912 on validation",
        "  best          0.955 on validation, at iteration 9",
        "  re-measured   0.950 on validation, the best trained again with a new seed",
        "  test          0.940, scored once",
        "  best network  nas-runs/digits-1/best.py",
        "  database      nas-runs/searches.db",
        "",
        "next:",
        "  langgraph-nas show digits-1",
        "  langgraph-nas export digits-1 --to digits-1-export",
        "  langgraph-nas resume digits-1 --iterations 28",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"best_accuracy": 0.912, "best_iteration": 1}, "note: the first network was the best"),
        ({"scored_split": "test"}, "note: all scores are on the test set"),
        ({"isolation": "none"}, "note: candidates run WITHOUT isolation"),
        ({"isolation": "bubblewrap (soft-limits)"}, "note: soft-limits"),
        ({"stopped": "target_accuracy"}, "the target accuracy is reached: 14"),
        ({"best_accuracy": None, "valid": 0}, "no network trained"),
        ({"best_accuracy": None, "iterations": 0}, "no iteration was finished"),
        ({"stopped": "interrupted"}, "go on with: langgraph-nas resume digits-1"),
    ],
)
def test_what_is_out_of_the_ordinary_is_said(changes: dict[str, Any], words: str):
    assert words not in ending_text(result(), DEFAULT)
    assert words in ending_text(result(**changes), DEFAULT)


def test_in_the_paper_protocol_no_score_is_called_held_out():
    assert "scored once" not in ending_text(result(scored_split="test"), DEFAULT)


def test_commands_name_a_database_that_is_not_the_default():
    text = ending_text(result(database="my runs/a.db"), DEFAULT)
    assert "langgraph-nas show digits-1 --database 'my runs/a.db'" in text
