"""A search in a graph of somebody else's, reviewed: approved, rejected, edited."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.graphs import build, on
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_nas import Archive


class Review:
    """A search that is reviewed; its answers in order, its questions as they come."""

    def __init__(self, graph: Any, thread: str, review: str) -> None:
        self.graph, self.thread = graph, on(thread)
        self.settings = {"settings": {"review": review}}

    def run(self, *answers: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        shown, start = [], self.settings
        left = list(answers)
        while True:
            last = self.graph.invoke(start, self.thread)
            if not (asked := last.get("__interrupt__")):
                assert not left
                return last, shown
            shown.append(asked[0].value)
            json.dumps(shown[-1])
            start = Command(resume=left.pop(0))


def test_each_candidate_is_approved_rejected_or_edited(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    mine = program(0.9, 77)
    last, shown = Review(graph, "r", "before_execute").run(
        "approve",
        {"action": "reject", "reason": "too wide for the board"},
        {"action": "edit", "program": mine},
    )
    assert [question["iteration"] for question in shown] == [1, 2, 3]
    assert shown[0]["diff"] == ""
    assert "+        self.fc = nn.Linear(2, 10)" in shown[1]["diff"]
    assert shown[1]["suggestion"]["modification"] == "change 1"
    assert [job.program for job in sandbox.jobs[:2]] == [program(0.3, 1), mine]
    assert last["best"]["code"] == mine
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        trials, triples = archive.trials("r"), archive.triples("r")
    assert [trial["outcome"] for trial in trials] == ["ok", "rejected", "ok"]
    assert "too wide for the board" in triples[0]["outcome"]
    assert trials[2]["source"] == "user"


def test_an_answer_that_is_none_is_asked_for_again(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    settings = {"iterations": 1, "review": "before_execute"}
    graph.invoke({"settings": settings}, on("r"))
    for answer, problem in (
        ("perhaps", "approve, reject, edit"),
        ({"action": "reject"}, "reason"),
        ({"action": "edit"}, "program"),
    ):
        asked = graph.invoke(Command(resume=answer), on("r"))["__interrupt__"][0].value
        assert problem in asked["problem"]
    assert graph.invoke(Command(resume=True), on("r"))["best"]["iteration"] == 1


def test_a_new_best_may_be_taken_back(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    last, shown = Review(graph, "r", "on_new_best").run(
        "approve", {"action": "reject", "reason": "not fit for the phone"}, "approve"
    )
    assert [question["accuracy"] for question in shown] == pytest.approx([0.3, 0.6, 0.5], abs=0.01)
    assert [(question["best"] or {}).get("iteration") for question in shown] == [None, 1, 1]
    assert last["best"]["accuracy"] == pytest.approx(0.5, abs=0.01)
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert [trial["outcome"] for trial in archive.trials("r")] == ["ok", "rejected", "ok"]
        prompts = [call["prompt"] for call in archive.calls("r", 3)]
    assert all("not fit for the phone" in prompt for prompt in prompts)


def test_the_best_that_ends_a_search_is_shown_too(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    review = Review(graph, "r", "on_new_best")
    review.settings["settings"] |= {"iterations": 3, "target_accuracy": 0.55}  # type: ignore[operator]
    no = {"action": "reject", "reason": "not fit for the phone"}
    last, shown = review.run("approve", no, "approve")
    # Refused, it has not reached the target: the search goes on.
    assert [question["iteration"] for question in shown] == [1, 2, 3]
    assert (last["iteration"], last["best"]["iteration"]) == (3, 3)


def test_a_rejected_best_is_a_round_without_a_better_score(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    review = Review(graph, "r", "on_new_best")
    review.settings["settings"] |= {"iterations": 2}  # type: ignore[operator]
    last, shown = review.run("approve", {"action": "reject", "reason": "not fit for the phone"})
    assert len(shown) == 2
    assert last["best"]["iteration"] == 1
    assert last["stagnation"] == {"rounds": 1, "failures": 0, "moves": 0}
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        trial, told = archive.trial("r", 2), archive.triples("r")[0]["outcome"]
        assert (trial["outcome"], trial["accuracy"]) == ("rejected", pytest.approx(0.6, abs=0.01))
        assert (trial["prompt_tokens"], trial["reply_tokens"]) == archive.count_tokens(
            "r", 2, "generator"
        )
        assert "not fit for the phone" in archive.calls("r", 2)[1]["prompt"]
    assert told is not None
    assert "not fit for the phone" in told
