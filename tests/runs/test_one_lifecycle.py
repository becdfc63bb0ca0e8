"""What a search leaves is the same whichever way it was run."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel
from fakes.context import diagnosis
from fakes.graphs import SETTINGS, build, on, write
from fakes.story import story
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from langgraph_nas import (
    Archive,
    SearchConfig,
    aresume,
    asearch,
    compare_searches,
    nas_node,
    nas_tool,
    replay,
    resume,
    search,
)
from langgraph_nas.errors import SandboxError
from langgraph_nas.sandbox.base import Job, Run

WANTED: dict[str, Any] = {"iterations": 4, "finalists": 2, "seed": 43}


def models() -> dict[str, Any]:
    return {
        "generator": ScriptedChatModel(answer=write),
        "improver": ScriptedChatModel(answer=diagnosis),
    }


def config(iterations: int = 4) -> SearchConfig:
    return SearchConfig.model_validate({**SETTINGS, **WANTED, "iterations": iterations})


def by_search(folder: Path, sandbox: FakeSandbox) -> None:
    given: dict[str, Any] = {"database": folder / "s.db", "sandbox": sandbox, **models()}
    search(config(2), name="s", **given)
    resume("s", iterations=4, **given)


def by_asearch(folder: Path, sandbox: FakeSandbox) -> None:
    given: dict[str, Any] = {"database": folder / "s.db", "sandbox": sandbox, **models()}
    asyncio.run(asearch(config(2), name="s", **given))
    asyncio.run(aresume("s", iterations=4, **given))


def by_graph(folder: Path, sandbox: FakeSandbox) -> None:
    builder = build(folder, sandbox, settings={**WANTED, "iterations": 2})
    graph = builder.compile(checkpointer=InMemorySaver())
    graph.invoke({}, on("s"))
    graph.invoke({"settings": {"iterations": 4}}, on("s"))


def by_async_graph(folder: Path, sandbox: FakeSandbox) -> None:
    builder = build(folder, sandbox, settings={**WANTED, "iterations": 2})
    graph = builder.compile(checkpointer=InMemorySaver())
    asyncio.run(graph.ainvoke({}, on("s")))
    asyncio.run(graph.ainvoke({"settings": {"iterations": 4}}, on("s")))


WAYS: list[Callable[[Path, FakeSandbox], None]] = [by_asearch, by_graph, by_async_graph]


@pytest.mark.parametrize("way", WAYS)
def test_the_archive_the_finalists_and_the_best_network_are_the_same(
    tmp_path: Path, sandbox: FakeSandbox, way: Callable[[Path, FakeSandbox], None]
) -> None:
    stories = []
    for name, run in (("search", by_search), ("other", way)):
        (tmp_path / name).mkdir()
        run(tmp_path / name, sandbox)
        stories.append(story(tmp_path / name / "s.db"))
        with Archive.open(tmp_path / name / "s.db") as archive:
            row = archive.search("s")
            trained = sum(trial["seconds_total"] or 0 for trial in archive.trials("s"))
        assert (row["status"], row["stopped"]) == ("finished", "iterations")
        assert row["seconds"] > trained
        assert row["facts"]["raised"] == [
            {"after_iteration": 2, "iterations": {"from": 2, "to": 4}}
        ]
    assert stories[0]["best"] is not None
    assert [row["iteration"] for row in stories[0]["finalists"]] == [4, 2, 1]
    assert stories[0] == stories[1]


class Parent(TypedDict, total=False):
    nas: dict[str, Any]


@pytest.mark.parametrize("way", ["tool", "node"])
def test_a_tool_and_a_node_leave_finalists_and_a_best_network(
    tmp_path: Path, sandbox: FakeSandbox, way: str
) -> None:
    given: dict[str, Any] = {
        "config": config(),
        "database": tmp_path / "s.db",
        "sandbox": sandbox,
        **models(),
    }
    if way == "tool":
        nas_tool(**given).invoke({})
    else:
        graph = StateGraph(Parent)
        graph.add_node("nas", nas_node(**given))
        graph.add_edge(START, "nas")
        graph.add_edge("nas", END)
        graph.compile().invoke({})
    with Archive.open(tmp_path / "s.db") as archive:
        name = archive.names()[0]
        assert archive.search(name)["status"] == "finished"
        assert [row["iteration"] for row in archive.finalists(name)] == [4, 2]
    assert (tmp_path / name / "best.py").exists()


def test_a_graph_tells_of_its_finalists_before_its_end(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    graph = build(tmp_path, sandbox, settings=WANTED).compile(checkpointer=InMemorySaver())
    events = [event["event"] for event in graph.stream({}, on("s"), stream_mode="custom")]
    assert events[-3:] == ["finalist", "finalist", "search_ended"]


def test_finalists_that_a_failing_sandbox_cut_are_measured_by_the_next_run(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    class Failing(FakeSandbox):
        broken = True

        def _result(self, job: Job, workload: Any) -> Run:
            if self.broken and job.recipe.seed != WANTED["seed"]:
                return Run("sandbox_error", "train", "the engine is gone")
            return super()._result(job, workload)

    failing = Failing(labels=sandbox.labels)
    wanted = {**WANTED, "sandbox_retries": 0}
    builder = build(tmp_path, failing, settings=wanted, retry_policy=None)
    graph = builder.compile(checkpointer=InMemorySaver())
    with pytest.raises(SandboxError, match="the engine is gone"):
        graph.invoke({}, on("s"))
    with Archive.open(tmp_path / "s.db") as archive:
        assert archive.search("s")["status"] == "stopped"
        assert archive.counts("s")["iterations"] == 4
    failing.broken = False
    trained = len(failing.jobs)
    graph.invoke(None, on("s"))
    assert len(failing.jobs) == trained + 2
    with Archive.open(tmp_path / "s.db") as archive:
        assert archive.search("s")["status"] == "finished"
        assert len(archive.finalists("s")) == 2


def test_the_seconds_of_finalists_stay_when_a_graph_is_extended(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    slow = FakeSandbox(labels=sandbox.labels, seconds=0.3)
    builder = build(tmp_path, slow, settings={**WANTED, "iterations": 2})
    graph = builder.compile(checkpointer=InMemorySaver())
    seconds = []
    for settings in ({}, {"settings": {"iterations": 4}}):
        graph.invoke(settings, on("s"))
        with Archive.open(tmp_path / "s.db") as archive:
            seconds.append(archive.search("s")["seconds"])
    assert seconds[0] >= 4 * 0.3
    assert seconds[1] - seconds[0] >= 3 * 0.3


def test_a_graph_that_was_extended_replays_as_a_whole(tmp_path: Path, sandbox: FakeSandbox) -> None:
    by_graph(tmp_path, sandbox)
    assert replay("s", database=tmp_path / "s.db", sandbox=sandbox).iterations == 4
    with Archive.open(tmp_path / "s.db") as archive:
        found = compare_searches(archive, "s", "s-replay-1")
    assert (found.same, found.outcomes) == (True, 4)
