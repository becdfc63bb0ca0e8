"""A process that dies while it prunes leaves a file that resumes; a strict one warns of nothing."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.context import fake_context
from fakes.loop import write

from langgraph_nas.archive import Archive
from langgraph_nas.graph import checkpoint_path, create_nas_graph, open_checkpointer

KEEP = 4
THREAD: Any = {"configurable": {"thread_id": "s"}, "recursion_limit": 100}

SEARCH = """
import os, signal, sys
from pathlib import Path
from fakes.context import fake_context
from fakes.loop import write
from langgraph_nas.graph import create_nas_graph, open_checkpointer
from langgraph_nas.runs import first_state

folder, table, deletions = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
left = deletions

def count_down():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

context = fake_context(folder, write, iterations=8)
with open_checkpointer(folder / "searches.db", keep=4) as saver:
    saver.setup()
    saver.conn.create_function("count_down", 0, count_down)
    saver.conn.execute(
        f"CREATE TEMP TRIGGER kill AFTER DELETE ON main.{table} BEGIN SELECT count_down(); END"
    )
    create_nas_graph().compile(checkpointer=saver).invoke(
        first_state("s", context.config),
        {"configurable": {"thread_id": "s"}, "recursion_limit": 100},
        context=context,
        durability="sync",
    )
"""

STRICT = """
import asyncio, sys
from pathlib import Path
from fakes.context import fake_context
from fakes.loop import write
from langgraph_nas.graph import aopen_checkpointer, create_nas_graph, open_checkpointer
from langgraph_nas.runs import first_state

folder = Path(sys.argv[1])
thread = {"configurable": {"thread_id": "s"}, "recursion_limit": 100}

async def again():
    context = fake_context(folder / "async", write, iterations=3)
    async with aopen_checkpointer(folder / "async" / "searches.db") as saver:
        graph = create_nas_graph().compile(checkpointer=saver)
        await graph.ainvoke(first_state("s", context.config), thread, context=context)
        return [h.values async for h in graph.aget_state_history(thread)]

context = fake_context(folder / "sync", write, iterations=3)
with open_checkpointer(folder / "sync" / "searches.db") as saver:
    graph = create_nas_graph().compile(checkpointer=saver)
    graph.invoke(first_state("s", context.config), thread, context=context)
    for states in ([h.values for h in graph.get_state_history(thread)], asyncio.run(again())):
        print(len(states), type(states[0]["best"]).__name__, states[0]["best"]["accuracy"])
"""


def run_python(
    code: str, *arguments: object, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def ids(folder: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(checkpoint_path(folder / "searches.db"))) as other, other:
        return [row[0] for row in other.execute(f"SELECT DISTINCT checkpoint_id FROM {table}")]


@pytest.mark.slow
@pytest.mark.parametrize(("table", "deletions"), [("checkpoints", 9), ("writes", 21)])
def test_a_search_killed_in_the_middle_of_pruning_resumes(
    tmp_path: Path, table: str, deletions: int
):
    died = run_python(SEARCH, tmp_path, table, deletions)

    assert died.returncode == -signal.SIGKILL, died.stderr
    before = ids(tmp_path, "checkpoints")
    assert len(before) == KEEP
    assert set(ids(tmp_path, "writes")) <= set(before)
    other = fake_context(tmp_path / "new", lambda _, n: write("", n + 100), iterations=8)
    context = replace(other, archive=Archive.open(tmp_path / "searches.db"))
    with open_checkpointer(tmp_path / "searches.db", keep=KEEP) as saver:
        graph = create_nas_graph().compile(checkpointer=saver)
        begun = graph.get_state(THREAD)
        assert begun.config["configurable"]["checkpoint_id"] == max(before)
        assert 1 <= begun.values["iteration"] < 8
        state = graph.invoke(None, THREAD, context=context)

    assert state["iteration"] == 8
    assert [trial["iteration"] for trial in context.archive.trials("s")] == list(range(1, 9))
    assert len(ids(tmp_path, "checkpoints")) == KEEP


def test_strict_serialisation_warns_of_nothing(tmp_path: Path):
    ran = run_python(STRICT, tmp_path, LANGGRAPH_STRICT_MSGPACK="true")

    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["14 dict 0.5"] * 2
