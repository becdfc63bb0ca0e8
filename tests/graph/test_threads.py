"""A thread that is invoked again, and what may be a thread's id."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fakes import FakeSandbox
from fakes.graphs import build, on
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_nas import Archive
from langgraph_nas.errors import UsageError


@pytest.fixture
def graph(tmp_path: Path, sandbox: FakeSandbox) -> Any:
    """A graph whose first search, on thread `t`, has ended."""
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    graph.invoke({"settings": {"seed": 7}}, on("t"))
    return graph


def test_a_search_that_has_ended_is_not_gone_on_with_unasked(tmp_path: Path, graph: Any) -> None:
    for given in ({}, {"settings": {"iterations": 2}}):
        with pytest.raises(UsageError, match=r"'t' of this thread has ended \(iterations\)"):
            graph.invoke(given, on("t"))
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.names() == ["t"]
        assert archive.counts("t")["iterations"] == 3
        assert archive.search("t")["status"] == "finished"


def test_a_later_end_goes_on_with_it_and_what_was_frozen_stays(tmp_path: Path, graph: Any) -> None:
    last = graph.invoke({"settings": {"iterations": 5}}, on("t"))
    assert (last["search"], last["iteration"]) == ("t", 5)
    assert (last["settings"]["seed"], last["settings"]["iterations"]) == (7, 5)
    assert last["settings"]["form"] == "code"
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert archive.counts("t")["iterations"] == 5


def test_other_settings_are_refused_once_it_has_begun(graph: Any) -> None:
    with pytest.raises(UsageError, match=r"started with other settings \(seed\)"):
        graph.invoke({"settings": {"iterations": 5, "seed": 8}}, on("t"))


@pytest.mark.parametrize("thread", [7, UUID(int=0x12345678)])
def test_an_id_may_be_no_text(tmp_path: Path, sandbox: FakeSandbox, thread: Any) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    name = "7" if thread == 7 else "digits-12345678"
    assert graph.invoke({}, on(thread))["search"] == name


def test_a_thread_goes_on_with_the_database_that_it_began_in(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    saver = InMemorySaver()
    places = [tmp_path / "one", tmp_path / "two"]
    for place in places:
        place.mkdir()
    first, other = (build(place, sandbox).compile(checkpointer=saver) for place in places)
    first.invoke({}, on("t"), interrupt_before=["diagnose"])
    with pytest.raises(UsageError, match="'t' has begun, but not in the database .*two/s.db: give"):
        other.invoke(None, on("t"))
    with Archive.open(places[1] / "s.db", readonly=True) as archive:
        assert archive.names() == []
    assert first.invoke(None, on("t"))["iteration"] == 3


def test_another_graph_of_the_process_says_who_holds_a_search(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    saver = InMemorySaver()
    first, other = (build(tmp_path, sandbox).compile(checkpointer=saver) for _ in range(2))
    first.invoke({}, on("t"), interrupt_before=["diagnose"])
    with pytest.raises(UsageError, match="another graph of this process.*go on in that one"):
        other.invoke(None, on("t"))
    assert first.invoke(None, on("t"))["iteration"] == 3
