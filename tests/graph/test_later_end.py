"""A search on a graph's own thread that is given a later end: its archive says so, and replays."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.graphs import build, on
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas import Archive, compare_searches, replay

FIRST, THEN = {"settings": {"iterations": 2}}, {"settings": {"iterations": 4}}


@pytest.fixture
def graph(tmp_path: Path, sandbox: FakeSandbox) -> Any:
    """A graph whose search `t` was extended from 2 to 4 iterations."""
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    graph.invoke(FIRST, on("t"))
    graph.invoke(THEN, on("t"))
    return graph


def row(folder: Path, name: str = "t") -> dict[str, Any]:
    with Archive.open(folder / "s.db", readonly=True) as archive:
        return dict(archive.search(name))


def test_a_later_end_is_recorded_with_the_iteration_from_which_it_holds(
    tmp_path: Path, graph: Any
) -> None:
    graph.invoke({"settings": {"iterations": 5, "target_accuracy": 0.99}}, on("t"))
    found = row(tmp_path)
    assert (found["settings"]["iterations"], found["settings"]["target_accuracy"]) == (5, 0.99)
    assert found["facts"]["raised"] == [
        {"after_iteration": 2, "iterations": {"from": 2, "to": 4}},
        {
            "after_iteration": 4,
            "iterations": {"from": 4, "to": 5},
            "target_accuracy": {"from": None, "to": 0.99},
        },
    ]


def test_its_replay_makes_and_compares_all_of_its_trials(
    tmp_path: Path, graph: Any, sandbox: FakeSandbox
) -> None:
    assert replay("t", database=tmp_path / "s.db", sandbox=sandbox).iterations == 4
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        found = compare_searches(archive, "t", "t-replay-1")
    assert (found.same, found.outcomes, found.triples) == (True, 4, 3)


def test_a_difference_behind_the_end_that_an_older_version_recorded_is_found(
    tmp_path: Path, graph: Any, sandbox: FakeSandbox
) -> None:
    replay("t", database=tmp_path / "s.db", sandbox=sandbox)
    with Archive.open(tmp_path / "s.db") as archive:
        settings = archive.search("t")["settings"]
        archive.update_search("t", settings=settings | {"iterations": 2})
        trial = archive.trial("t", 4)
        archive._update("trials", (trial["search"], 4), {"accuracy": 0.123})
        found = compare_searches(archive, "t", "t-replay-1")
    assert [(d.iteration, d.what) for d in found.differences][:1] == [(4, "accuracy")]


def test_going_through_its_past_again_leaves_the_end_as_it_is(tmp_path: Path, graph: Any) -> None:
    before = row(tmp_path)
    earlier = [
        snapshot
        for snapshot in graph.get_state_history(on("t"))
        if snapshot.next == ("generate",) and snapshot.values.get("iteration") == 1
    ][-1]
    graph.invoke(None, {**earlier.config, "recursion_limit": 100})
    after = row(tmp_path)
    assert (after["settings"], after["facts"]) == (before["settings"], before["facts"])
    assert (after["status"], after["seconds"]) == ("finished", before["seconds"])


def test_a_fork_from_before_the_later_end_has_the_end_of_then(tmp_path: Path, graph: Any) -> None:
    earlier = [
        snapshot
        for snapshot in graph.get_state_history(on("t"))
        if snapshot.next == ("update_memory",) and snapshot.values.get("iteration") == 1
    ][-1]
    hint = {**earlier.values["suggestion"], "modification": "Be bold."}
    place = graph.update_state(earlier.config, {"suggestion": hint}, as_node="diagnose")
    last = graph.invoke(None, {**place, "recursion_limit": 100})
    assert (last["search"], last["iteration"]) == ("t-fork-1", 2)
    found = row(tmp_path, "t-fork-1")
    assert (found["settings"]["iterations"], found["facts"]["raised"]) == (2, [])
    assert row(tmp_path)["settings"]["iterations"] == 4


def test_a_fork_from_behind_the_later_end_keeps_it(tmp_path: Path, graph: Any) -> None:
    earlier = [
        snapshot
        for snapshot in graph.get_state_history(on("t"))
        if snapshot.next == ("update_memory",) and snapshot.values.get("iteration") == 3
    ][-1]
    hint = {**earlier.values["suggestion"], "modification": "Be bold."}
    place = graph.update_state(earlier.config, {"suggestion": hint}, as_node="diagnose")
    assert graph.invoke(None, {**place, "recursion_limit": 100})["iteration"] == 4
    found = row(tmp_path, "t-fork-1")
    assert found["settings"]["iterations"] == 4
    assert [change["after_iteration"] for change in found["facts"]["raised"]] == [2]


def test_a_search_that_ends_leaves_its_best_network_beside_the_archive(
    tmp_path: Path, graph: Any
) -> None:
    assert "class Net(nn.Module)" in (tmp_path / "t" / "best.py").read_text()
    found = row(tmp_path)
    assert (found["status"], found["stopped"]) == ("finished", "iterations")


def test_a_search_that_is_stopped_has_the_seconds_of_its_finished_iterations(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    def fail(job: Any) -> None:
        if len(sandbox.jobs) == 2:
            raise RuntimeError("the power is gone")

    sandbox.on_run = fail
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    with pytest.raises(RuntimeError):
        graph.invoke(FIRST, on("t"))
    found = row(tmp_path)
    assert (found["status"], found["stopped"]) == ("stopped", "the power is gone")
    assert found["seconds"] == pytest.approx(graph.get_state(on("t")).values["seconds"])
    assert found["seconds"] > 0
