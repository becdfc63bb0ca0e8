"""A search that is taken up from an earlier checkpoint leaves the first one as it was."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.graphs import build, on, write
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from langgraph_nas import Archive
from langgraph_nas.errors import StorageError

REFUSED = {"action": "reject", "reason": "too wide for the board"}


class Travel:
    """A search in thread `f`, and what the archive holds of it."""

    def __init__(self, folder: Path, sandbox: FakeSandbox, answer: Any = write) -> None:
        self.graph: Any = build(folder, sandbox, answer).compile(checkpointer=InMemorySaver())
        self.file = folder / "s.db"

    def run(self, start: Any, *answers: Any, place: Any = None) -> tuple[dict[str, Any], list[Any]]:
        """Return the last state and the questions; all answers must be asked for."""
        shown, left = [], list(answers)
        while True:
            last = self.graph.invoke(start, place or on("f"))
            place = None
            if not (asked := last.get("__interrupt__")):
                assert left == []
                return last, shown
            shown.append((asked[0].value["kind"], asked[0].value["iteration"]))
            start = Command(resume=left.pop(0))

    def before(self, node: str, iteration: int) -> Any:
        """Return the oldest checkpoint before a node of an iteration."""
        return [
            snapshot
            for snapshot in self.graph.get_state_history(on("f"))
            if snapshot.next == (node,) and snapshot.values.get("iteration") == iteration
        ][-1]

    def recorded(self, name: str = "f") -> list[Any]:
        with Archive.open(self.file, readonly=True) as archive:
            row = archive.search(name)
            how = row["status"], row["stopped"], row["seconds"]
            return [how, archive.trials(name), archive.triples(name), archive.calls(name)]

    def names(self) -> list[str]:
        with Archive.open(self.file, readonly=True) as archive:
            return archive.names()


def at(place: dict[str, Any]) -> dict[str, Any]:
    return {**place, "recursion_limit": 100}


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_hint_to_an_earlier_round_is_another_search(
    tmp_path: Path, sandbox: FakeSandbox, way: str
) -> None:
    travel = Travel(tmp_path, sandbox)
    travel.run({})
    first = travel.recorded()
    earlier = travel.before("update_memory", 2)
    hint = {**earlier.values["suggestion"], "modification": "Be bold."}
    place = travel.graph.update_state(earlier.config, {"suggestion": hint}, as_node="diagnose")
    again = getattr(travel.graph, way)(None, at(place))
    last = asyncio.run(again) if way == "ainvoke" else again
    assert (last["search"], last["iteration"]) == ("f-fork-1", 3)
    assert travel.recorded() == first
    (status, *_), trials, triples, calls = travel.recorded("f-fork-1")
    assert status == "finished"
    assert [trial["iteration"] for trial in trials] == [1, 2, 3]
    assert [triple["suggestion"] for triple in triples[:2]] == ["change 1", "Be bold."]
    assert [triple["outcome"] is None for triple in triples] == [False, False, True]
    # What the improver said before it was overruled is shared, too.
    assert [(call["iteration"], call["role"]) for call in calls] == [
        (n, role) for n in (1, 2, 3) for role in ("generator", "improver")
    ]
    assert "Be bold." in calls[4]["prompt"]


def test_a_fork_leaves_an_interrupted_search_interrupted(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    travel = Travel(tmp_path, sandbox)
    travel.graph.invoke({"settings": {"review": "before_execute"}}, on("f"))
    travel.graph.invoke(Command(resume="approve"), on("f"))
    first = travel.recorded()
    assert first[0][:2] == ("waiting", "for an answer")
    earlier = travel.before("update_memory", 1)
    hint = {**earlier.values["suggestion"], "modification": "Be bold."}
    place = travel.graph.update_state(earlier.config, {"suggestion": hint}, as_node="diagnose")
    travel.graph.invoke(None, at(place))
    assert travel.names() == ["f", "f-fork-1"]
    assert travel.recorded() == first


def test_going_back_to_a_lesson_without_a_change_is_the_same_search(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    travel = Travel(tmp_path, sandbox)
    travel.run({})
    [_, *first] = travel.recorded()
    place = travel.before("update_memory", 1).config
    # Stopped on the way, too, nothing of it is open again.
    travel.graph.invoke(None, at(place), interrupt_after=["update_memory"])
    assert travel.recorded()[2] == first[1]
    assert travel.run(None)[0]["search"] == "f"
    assert [travel.names(), travel.recorded()[1]] == [["f"], first[0]]


def test_later_networks_do_not_change_how_a_round_was_widened(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    outcomes: list[Any] = [0.6, "timeout", "timeout", "timeout", 0.5]
    travel = Travel(tmp_path, sandbox, lambda p, n: f"```python\n{program(outcomes[n], n)}```")
    travel.run({"settings": {"iterations": 5, "widen_after": 1}})
    assert travel.recorded()[2][3]["move"] == "temperature"
    travel.run(None, place=at(travel.before("update_memory", 4).config))
    assert travel.names() == ["f"]


def test_a_search_that_stops_between_booking_and_checkpoint_goes_on_as_itself(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    travel = Travel(tmp_path, sandbox)
    flush, due = Archive.flush, [2]

    def fail(archive: Archive) -> None:
        due[0] -= 1
        if due[0] == 0:
            raise StorageError("the disk is full")
        flush(archive)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Archive, "flush", fail)
        with pytest.raises(StorageError):
            travel.run({})
    assert len(travel.recorded()[2]) == 2
    assert travel.run(None)[0]["iteration"] == 3
    assert travel.names() == ["f"]
    assert [triple["outcome"] is None for triple in travel.recorded()[2]] == [False, False, True]


EDITS = [{"action": "edit", "program": program(0.4, width)} for width in (70, 71)]


@pytest.mark.parametrize(
    ("before", "now", "outcomes"),
    [
        ("approve", REFUSED, ("ok", "rejected")),
        (REFUSED, "approve", ("rejected", "ok")),
        (REFUSED, {**REFUSED, "reason": "too slow"}, ("rejected", "rejected")),
        (EDITS[0], EDITS[1], ("ok", "ok")),
    ],
)
def test_another_answer_about_a_candidate_is_another_search(
    tmp_path: Path, sandbox: FakeSandbox, before: Any, now: Any, outcomes: tuple[str, str]
) -> None:
    travel = Travel(tmp_path, sandbox)
    travel.run({"settings": {"review": "before_execute", "iterations": 2}}, before, "approve")
    first = travel.recorded()
    place = at(travel.before("execute", 1).config)
    last, shown = travel.run(None, now, "approve", place=place)
    assert shown == [("candidate", 1), ("candidate", 2)]  # each once
    assert travel.names() == ["f", "f-fork-1"]
    assert last["search"] == "f-fork-1"
    assert travel.recorded() == first
    trial = travel.recorded("f-fork-1")[1][0]
    assert (first[1][0]["outcome"], trial["outcome"]) == outcomes
    assert trial["message"] != first[1][0]["message"] or trial["program"] == EDITS[1]["program"]


def test_the_same_answer_about_a_candidate_is_the_same_search(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    travel = Travel(tmp_path, sandbox)
    travel.run({"settings": {"review": "before_execute", "iterations": 2}}, EDITS[0], REFUSED)
    place = at(travel.before("execute", 1).config)
    travel.run(None, EDITS[0], REFUSED, place=place)
    assert travel.names() == ["f"]
    assert len(sandbox.jobs) == 1


@pytest.mark.parametrize(
    ("before", "now", "outcomes"),
    [("approve", REFUSED, ("ok", "rejected")), (REFUSED, "approve", ("rejected", "ok"))],
)
def test_another_answer_about_a_new_best_is_another_search(
    tmp_path: Path, sandbox: FakeSandbox, before: Any, now: Any, outcomes: tuple[str, str]
) -> None:
    travel = Travel(tmp_path, sandbox)
    start = {"settings": {"review": "on_new_best", "iterations": 2}}
    travel.run(start, before, "approve")
    first = travel.recorded()
    last, shown = travel.run(None, now, "approve", place=at(travel.before("diagnose", 1).config))
    assert shown == [("new_best", 1), ("new_best", 2)]
    assert (last["search"], travel.names()) == ("f-fork-1", ["f", "f-fork-1"])
    assert travel.recorded() == first
    trials = travel.recorded("f-fork-1")[1]
    assert (first[1][0]["outcome"], trials[0]["outcome"]) == outcomes
    assert len(sandbox.jobs) == 3  # the first network is not trained again


@pytest.mark.parametrize(
    ("node", "asked"),
    [("diagnose", [("new_best", 1), ("new_best", 2)]), ("execute", [("new_best", 2)])],
)
def test_a_rejected_best_stays_so_in_the_same_search(
    tmp_path: Path, sandbox: FakeSandbox, node: str, asked: list[Any]
) -> None:
    travel = Travel(tmp_path, sandbox)
    answers = [REFUSED, "approve"]
    travel.run({"settings": {"review": "on_new_best", "iterations": 2}}, *answers)
    [_, trials, *_] = travel.recorded()
    place = at(travel.before(node, 1).config)
    last, shown = travel.run(None, *answers[-len(asked) :], place=place)
    assert (shown, last["search"]) == (asked, "f")
    assert (travel.names(), travel.recorded()[1]) == (["f"], trials)
