"""Answers to a review: what is none is told in a short sentence, whatever it is."""

from typing import Any

import pytest

from langgraph_nas.trials.review import ACTIONS, read_answer

CANDIDATE = list(ACTIONS["candidate"])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "must be one of approve, reject, edit, not None"),
        (False, "not False"),
        ("", "not ''"),
        ({}, "not None"),
        ([], "not []"),
        (3, "not 3"),
        (["approve"], "not ['approve']"),
        ({"action": ["approve"]}, "not ['approve']"),
        ({"action": {}}, "not {}"),
        ("approve " * 1_000, "must be one of"),
        ({"action": "x" * 9_000}, "must be one of"),
        ("reject", "needs a `reason`"),
        ({"action": "reject", "reason": " "}, "needs a `reason`"),
        ({"action": "reject", "reason": 3}, "needs a `reason`"),
        ("edit", "needs the whole program"),
        ({"action": "edit", "program": 3}, "needs the whole program"),
    ],
)
def test_what_is_no_answer_is_told_shortly(said: Any, words: str) -> None:
    told = read_answer(said, CANDIDATE)
    assert isinstance(told, str)
    assert words in told
    assert len(told) < 150


@pytest.mark.parametrize("said", [True, "yes", "y", "ok", "approve", {"action": "approve"}])
def test_yes_may_be_said_in_many_ways(said: Any) -> None:
    answer = read_answer(said, CANDIDATE)
    assert isinstance(answer, dict)
    assert answer["action"] == "approve"
