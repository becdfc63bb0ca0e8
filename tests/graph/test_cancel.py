"""Cancelling `ainvoke` of the compiled graph: nothing of the search is left running."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis

from langgraph_nas import Archive, SearchConfig, create_nas_graph
from langgraph_nas.graph import aopen_checkpointer
from langgraph_nas.sandbox.engine import connect
from langgraph_nas.sandbox.orphans import MARK, PID, process_id

THREAD = {"configurable": {"thread_id": "s"}, "recursion_limit": 100}
NET = """import time

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

    def forward(self, x):
        time.sleep(0.02)
        return self.layers(x)
"""


class SlowToOpen(FakeSandbox):
    """Takes its time when the search asks what kind it is."""

    asked = threading.Event()
    opens = threading.Event()

    @property
    def name(self) -> str:  # type: ignore[override]
        self.asked.set()
        self.opens.wait(20)
        return "unsafe-subprocess"


def build(folder: Path, sandbox: Any, text: str, **settings: Any) -> Any:
    return create_nas_graph(
        generator=ScriptedChatModel(answer=lambda prompt, n: f"```python\n{text}```"),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
        config=SearchConfig(form="code", improver_form="text", **settings),
        database=folder / "s.db",
    )


def containers() -> list[Any]:
    """Return the sandbox containers of this process, spare ones too, running or not."""
    client = connect()
    try:
        label = f"{PID}={process_id(os.getpid())}"
        found: list[Any] = client.api.containers(all=True, filters={"label": [f"{MARK}=1", label]})
        return found
    finally:
        client.close()


async def cancel_when(
    ready: Callable[[], bool], task: asyncio.Task[Any], soon: Callable[[], None] | None = None
) -> float:
    """Cancel the task when it is `ready`, call `soon`; return the seconds that it takes to end."""
    until = time.monotonic() + 60
    while not ready():
        assert not task.done(), task
        assert time.monotonic() < until
        await asyncio.sleep(0.02)
    began = time.monotonic()
    task.cancel()
    if soon is not None:
        asyncio.get_running_loop().call_later(0.2, soon)
    with pytest.raises(asyncio.CancelledError):
        await task
    return time.monotonic() - began


def status(folder: Path) -> str:
    with Archive.open(folder / "s.db", readonly=True) as archive:
        return archive.search("s")["status"]


async def test_while_it_opens_what_it_needs_all_of_that_is_closed_again(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    slow = SlowToOpen(labels=sandbox.labels)
    async with aopen_checkpointer(tmp_path / "s.db") as saver:
        compiled = build(tmp_path, slow, program(0.5), iterations=1).compile(checkpointer=saver)
        task = asyncio.create_task(compiled.ainvoke({}, THREAD))
        await cancel_when(slow.asked.is_set, task, slow.opens.set)
        assert status(tmp_path) == "interrupted"
        # Another process may have it now: nobody owns it.
        again = build(tmp_path, sandbox, program(0.5), iterations=1).compile(checkpointer=saver)
        last = await again.ainvoke(None, THREAD)
    assert (last["search"], last["iteration"], status(tmp_path)) == ("s", 1, "finished")


@pytest.mark.docker
@pytest.mark.slow
async def test_in_mid_training_its_containers_are_killed_at_once(tmp_path: Path) -> None:
    graph = build(tmp_path, "docker", NET, epochs=300, time_limit=600, memory_mb=1024, cpus=1)
    events: list[str] = []

    async def watch(compiled: Any) -> None:
        async for event in compiled.astream({}, THREAD, stream_mode="custom"):
            events.append(event["event"])

    async with aopen_checkpointer(tmp_path / "s.db") as saver:
        compiled = graph.compile(checkpointer=saver)
        task = asyncio.create_task(watch(compiled))
        seconds = await cancel_when(lambda: "epoch" in events and bool(containers()), task)
        left = await asyncio.to_thread(containers)
        paused = await compiled.aget_state(THREAD)
    assert (left, seconds < 5) == ([], True), seconds
    assert paused.next == ("execute",)
    assert status(tmp_path) == "interrupted"
