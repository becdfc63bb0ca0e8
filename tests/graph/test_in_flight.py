"""A graph that runs elsewhere has several trials in flight, too."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.in_flight import SlowSandbox, assert_whole, models, settings

from langgraph_nas import UsageError, create_nas_graph, recursion_limit
from langgraph_nas.datasets import PreparedData, prepare


@pytest.fixture
def digits() -> PreparedData:
    return prepare("digits")


def graph_of(folder: Path, sandbox: FakeSandbox) -> Any:
    from langgraph.checkpoint.memory import InMemorySaver

    graph = create_nas_graph(
        config=settings(), sandbox=sandbox, database=folder / "s.db", name="s", **models()
    )
    return graph.compile(checkpointer=InMemorySaver())


THREAD: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": recursion_limit(12)}


@pytest.mark.parametrize("is_async", [False, True])
def test_a_graph_has_several_in_flight_too(
    tmp_path: Path, digits: PreparedData, is_async: bool
) -> None:
    sandbox = SlowSandbox(digits)
    graph = graph_of(tmp_path, sandbox)
    state = asyncio.run(graph.ainvoke({}, THREAD)) if is_async else graph.invoke({}, THREAD)
    assert state["iteration"] == 12
    assert state["best"]["accuracy"] == pytest.approx(0.9, abs=0.01)
    assert sandbox.most == 3
    assert_whole(tmp_path / "s.db", 12)


def test_a_graph_that_is_cancelled_leaves_nothing_running(
    tmp_path: Path, digits: PreparedData
) -> None:
    sandbox = SlowSandbox(digits, lambda width: 30)
    graph = graph_of(tmp_path, sandbox)

    async def cancelled() -> None:
        task = asyncio.create_task(graph.ainvoke({}, THREAD))
        while sandbox.most < 3:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.monotonic()
    asyncio.run(cancelled())
    assert time.monotonic() - began < 20
    assert sandbox._running == 0
    sandbox._slow = lambda width: 0.01
    graph.invoke(None, THREAD)
    assert_whole(tmp_path / "s.db", 12)


def test_nobody_changes_what_is_in_flight(tmp_path: Path, digits: PreparedData) -> None:
    graph = graph_of(tmp_path, SlowSandbox(digits))
    for _ in graph.stream({}, THREAD, interrupt_after=["generate"]):
        pass
    graph.update_state(THREAD, {"candidate": {"code": program(0.99, 50)}}, as_node="generate")
    with pytest.raises(UsageError, match="several trials in flight"):
        graph.invoke(None, THREAD)
