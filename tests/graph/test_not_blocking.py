"""Whole searches on an event loop in whose thread every blocking call raises."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockingError, blockbuster_ctx
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from langgraph.types import Command

from langgraph_nas import Archive, SearchConfig, create_nas_graph, nas_agent, nas_node, nas_tool
from langgraph_nas.datasets import prepare
from langgraph_nas.graph import AsyncPruningSqliteSaver, aopen_checkpointer

CONFIG = SearchConfig(iterations=2, form="code", improver_form="text", dataset="digits")
THREAD = {"configurable": {"thread_id": "s"}, "recursion_limit": 100}


@pytest.fixture
def parts(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    monkeypatch.setenv("NAS_CACHE", str(tmp_path_factory.getbasetemp() / "graph-cache"))
    return {
        "generator": ScriptedChatModel(
            answer=lambda prompt, n: f"```python\n{program(0.3 + n / 10, n + 1)}```"
        ),
        "improver": ScriptedChatModel(answer=diagnosis),
        "sandbox": FakeSandbox(labels=prepare("digits").labels, seconds=0.2),
        "config": CONFIG,
        "database": tmp_path / "s.db",
    }


@pytest.fixture
async def saver(parts: dict[str, Any]) -> AsyncIterator[AsyncPruningSqliteSaver]:
    async with aopen_checkpointer(parts["database"]) as saver:
        yield saver


async def test_a_call_that_blocks_is_noticed(parts: dict[str, Any]) -> None:
    """Else the tests below could not fail."""

    async def nap(state: Any) -> dict[str, Any]:
        time.sleep(0.01)
        return {}

    graph = create_nas_graph(**parts)
    graph.add_node("nap", nap)
    graph.set_entry_point("nap")
    with blockbuster_ctx(), pytest.raises(BlockingError):
        await graph.compile().ainvoke({}, THREAD)


async def test_a_search_with_checkpoints_reviews_and_a_fork(
    parts: dict[str, Any], saver: AsyncPruningSqliteSaver
) -> None:
    graph = create_nas_graph(**parts).compile(checkpointer=saver)
    start: Any = {"settings": {"review": "before_execute"}}
    with blockbuster_ctx():
        while (last := await graph.ainvoke(start, THREAD)).get("__interrupt__"):
            start = Command(resume="approve")
        past = [snapshot async for snapshot in graph.aget_state_history(THREAD)]
        [earlier] = [
            snapshot
            for snapshot in past
            if snapshot.next == ("generate",) and snapshot.values.get("iteration") == 1
        ]
        hint = {**earlier.values["suggestion"], "modification": "Be bold."}
        place = await graph.aupdate_state(earlier.config, {"suggestion": hint}, "update_memory")
        await graph.ainvoke(None, {**place, "recursion_limit": 100})
        forked = await graph.ainvoke(Command(resume="approve"), THREAD)
    assert (last["search"], last["iteration"]) == ("s", 2)
    assert (forked["search"], forked["iteration"]) == ("s-fork-1", 2)


@pytest.mark.slow
async def test_a_search_that_streams_from_a_real_sandbox(
    parts: dict[str, Any], saver: AsyncPruningSqliteSaver
) -> None:
    net = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

    def forward(self, x):
        return self.layers(x)
"""
    parts |= {"sandbox": "bubblewrap"}
    parts["generator"] = ScriptedChatModel(answer=lambda prompt, n: f"```python\n{net}```")
    config = CONFIG.model_copy(update={"iterations": 1, "train_samples": 300})
    graph = create_nas_graph(**{**parts, "config": config}).compile(checkpointer=saver)
    with blockbuster_ctx():
        events = [event["event"] async for event in graph.astream({}, THREAD, stream_mode="custom")]
    assert {"prompt_sent", "epoch", "outcome", "new_best", "search_ended"} <= set(events)


Ask = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    "ask",
    [
        lambda parts: nas_tool(**parts).ainvoke({}),
        lambda parts: nas_node(**parts).ainvoke({}),
        lambda parts: nas_agent(**parts).ainvoke({"messages": [("user", "2 networks")]}),
    ],
    ids=["tool", "node", "agent"],
)
async def test_a_search_in_another_graph(parts: dict[str, Any], ask: Ask) -> None:
    with blockbuster_ctx():
        await ask(parts)
    with Archive.open(parts["database"], readonly=True) as archive:
        assert archive.counts("digits-1")["valid"] == 2
