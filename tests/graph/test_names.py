"""What searches of a graph are called: each has a name of its own, even if many begin at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes import FakeSandbox
from fakes.graphs import build, on
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas import Archive

UUIDS = [f"01a202df-86d1-7612-9ef1-f1110000000{n}" for n in range(3)]


def statuses(folder: Path) -> dict[str, tuple[str, int]]:
    with Archive.open(folder / "s.db", readonly=True) as archive:
        return {
            name: (archive.search(name)["status"], archive.counts(name)["iterations"])
            for name in archive.names()
        }


def test_searches_that_begin_at_once_without_a_thread_are_numbered(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    sandbox.seconds = 0.2
    build(tmp_path, sandbox).compile().batch([{}] * 3, {"recursion_limit": 100})
    assert statuses(tmp_path) == dict.fromkeys(
        ["digits-1", "digits-2", "digits-3"], ("finished", 3)
    )


def test_the_ids_of_a_server_make_names_that_differ(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    found = graph.batch([{}] * 3, [on(thread) for thread in UUIDS])
    assert [state["search"] for state in found] == [f"digits-{uuid[-8:]}" for uuid in UUIDS]


def test_other_graphs_that_begin_on_the_same_thread_get_numbers(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    sandbox.seconds = 0.2
    graphs = [build(tmp_path, sandbox).compile(checkpointer=InMemorySaver()) for _ in range(3)]
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda graph: graph.invoke({}, on("mine")), graphs))
    assert statuses(tmp_path) == dict.fromkeys(["mine", "mine-1", "mine-2"], ("finished", 3))


@pytest.mark.parametrize(("thread", "name"), [("user/42: a", "user-42-a"), ("***", "digits-1")])
def test_a_thread_may_be_called_anything(
    tmp_path: Path, sandbox: FakeSandbox, thread: str, name: str
) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    assert graph.invoke({}, on(thread))["search"] == name
