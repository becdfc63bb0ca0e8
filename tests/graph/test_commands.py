"""`Command(goto=..., update=...)` on a search that stands still: as `update_state`, or refused."""

import re
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.graphs import build, on
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, Send

from langgraph_nas import Archive, UsageError

NODES = ("generate", "execute", "diagnose", "update_memory")
HINT = {"problem": "It is too deep.", "modification": "Be bold."}


def stand_before(node: str, folder: Path, sandbox: FakeSandbox) -> Any:
    graph = build(folder, sandbox).compile(checkpointer=InMemorySaver())
    graph.invoke({}, on("s"), interrupt_before=[node])
    graph.invoke(None, on("s"), interrupt_before=[node])
    assert graph.get_state(on("s")).next == (node,)
    return graph


def suggestions(folder: Path) -> list[str]:
    with Archive.open(folder / "s.db", readonly=True) as archive:
        assert [trial["outcome"] for trial in archive.trials("s")] == ["ok"] * 3
        return [triple["suggestion"] for triple in archive.triples("s")]


@pytest.mark.parametrize("goto", NODES)
@pytest.mark.parametrize("place", NODES)
def test_a_jump_is_none_or_refused(
    tmp_path: Path, sandbox: FakeSandbox, place: str, goto: str
) -> None:
    graph = stand_before(place, tmp_path, sandbox)
    if goto != place:
        with pytest.raises(UsageError, match=f"stands before `{place}`") as caught:
            graph.invoke(Command(goto=goto), on("s"))
        advice = re.search(r"graph\.invoke\(.*\)\)", str(caught.value))
        assert advice is not None
        last = eval(advice[0], {"graph": graph, "thread": on("s")})
    else:
        last = graph.invoke(Command(goto=goto), on("s"))
    assert last["iteration"] == 3
    assert suggestions(tmp_path) == ["change 1", "change 2", "change 3"]


@pytest.mark.parametrize("place", NODES)
def test_an_update_counts_as_that_of_update_state(
    tmp_path: Path, sandbox: FakeSandbox, place: str
) -> None:
    graph = stand_before(place, tmp_path, sandbox)
    command = Command(update={"suggestion": HINT})
    if place in ("execute", "diagnose"):
        with pytest.raises(UsageError, match="a suggestion counts before"):
            graph.invoke(command, on("s"))
    else:
        graph.invoke(command, on("s"))
        assert "Be bold." in suggestions(tmp_path)


@pytest.mark.parametrize("node", NODES)
def test_a_node_is_sent_nothing_but_the_state(
    tmp_path: Path, sandbox: FakeSandbox, node: str
) -> None:
    graph = stand_before(node, tmp_path, sandbox)
    with pytest.raises(UsageError):
        graph.invoke(Command(goto=Send(node, {"iteration": 9})), on("s"))


def test_without_a_search_there_is_nowhere_to_go(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    with pytest.raises(UsageError, match="no search has begun on this thread"):
        graph.invoke(Command(goto="execute"), on("s"))
    assert sandbox.jobs == []
