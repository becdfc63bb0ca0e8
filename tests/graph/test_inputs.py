"""The input of a run: what LangGraph would drop without a word is refused with one."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from fakes.graphs import build, on
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from langgraph_nas import Archive, SearchState, UsageError
from langgraph_nas.graph.answering import answering_graph
from langgraph_nas.graph.studio import SearchInput

LIMIT: dict[str, Any] = {"recursion_limit": 100}
BEST = {"iteration": 1, "accuracy": 0.99, "code": "class Net: mine", "spec": None}

REFUSED: list[tuple[Any, str]] = [
    ({"iterations": 1}, r"'iterations' is a setting: give it as \{\"settings\""),
    ({"dataset": "x"}, "'dataset' is a setting"),
    ({"prompt_diagnose": "x"}, "'prompt_diagnose' is a setting"),
    ({"iteratons": 1}, "there is no setting 'iteratons': did you mean 'iterations'"),
    ({"messages": []}, "an input has no key 'messages': it takes 'search', 'settings'"),
    ({"settings": {}, "user_id": 1}, "no key 'user_id'"),
    ({1: 2}, "no key '1'"),
    ({"settings": 3}, "`settings` must be a dict, not int"),
    ({"settings": [("iterations", 1)]}, "`settings` must be a dict, not list"),
    ({"search": 3}, "`search` must be a name, not int"),
    ({"iteration": 5}, "`iteration` is given, but not of which search"),
    ({"best": BEST}, "a search begins without 'best'.*start_program"),
    ({"memory": [1], "seconds": "x"}, "a search begins without 'memory', 'seconds'"),
    ({"mark": None}, "`mark` is what the search itself leaves behind"),
    ("iterations=1", "an input is a dict"),
    ([1], "an input is a dict"),
]


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream"])
@pytest.mark.parametrize(("given", "words"), REFUSED, ids=str)
def test_an_input_that_can_not_count_is_refused(
    tmp_path: Path, sandbox: FakeSandbox, given: Any, words: str, way: str
) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())

    def run(told: Any) -> Any:
        if way == "stream":
            return list(graph.stream(told, on("t")))
        return (
            graph.invoke(told, on("t"))
            if way == "invoke"
            else asyncio.run(graph.ainvoke(told, on("t")))
        )

    with pytest.raises(UsageError, match=words):
        run(given)
    assert sandbox.jobs == []
    if (tmp_path / "s.db").exists():
        with Archive.open(tmp_path / "s.db", readonly=True) as archive:
            assert archive.names() == []


def test_a_thread_that_was_refused_takes_the_right_input(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    graph = build(tmp_path, sandbox).compile(checkpointer=InMemorySaver())
    with pytest.raises(UsageError):
        graph.invoke({"iterations": 1}, on("t"))
    last = graph.invoke({"settings": {"iterations": 1}}, on("t"))
    assert (last["search"], last["iteration"]) == ("t", 1)
    with pytest.raises(UsageError, match="is a setting"):
        graph.invoke({"iterations": 2}, on("t"))
    assert graph.invoke({"settings": {"iterations": 2}}, on("t"))["iteration"] == 2


def test_keys_of_ones_own_state_are_inputs(tmp_path: Path, sandbox: FakeSandbox) -> None:
    class Own(SearchState, total=False):
        mine: int

    graph = build(tmp_path, sandbox, state_schema=Own).compile()
    last = graph.invoke({"mine": 3, "settings": {"iterations": 1}}, LIMIT)
    assert (last["mine"], last["iteration"]) == (3, 1)
    with pytest.raises(UsageError, match="no key 'yours': it takes .*'mine'"):
        graph.invoke({"yours": 3}, LIMIT)


def test_only_the_keys_of_an_input_schema_are_inputs(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox, input_schema=SearchInput).compile()
    with pytest.raises(UsageError, match="no key 'search': it takes 'settings'"):
        graph.invoke({"search": "x"}, LIMIT)


def test_a_state_that_is_given_whole_goes_on(tmp_path: Path, sandbox: FakeSandbox) -> None:
    graph = build(tmp_path, sandbox).compile()
    last = graph.invoke({"settings": {"iterations": 1}}, LIMIT)
    more = graph.invoke({**last, "settings": {**last["settings"], "iterations": 2}}, LIMIT)
    assert (more["search"], more["iteration"]) == (last["search"], 2)


class Parent(TypedDict, total=False):
    iterations: int
    dataset: str
    iteration: int
    best: Any
    search: str
    settings: dict[str, Any]


def test_what_a_parent_graphs_state_holds_besides_is_the_parents(
    tmp_path: Path, sandbox: FakeSandbox
) -> None:
    """The second search begins afresh, though the parent's state holds the end of the first."""
    graph = StateGraph(Parent)
    graph.add_node("one", build(tmp_path, sandbox).compile())
    graph.add_node("two", build(tmp_path, sandbox).compile())
    graph.add_edge(START, "one")
    graph.add_edge("one", "two")
    graph.add_edge("two", END)
    given = {"iterations": 9, "dataset": "mine", "iteration": 7, "best": BEST}
    last = graph.compile().invoke({**given, "settings": {"iterations": 2}}, LIMIT)
    assert (last["iterations"], last["dataset"], last["iteration"]) == (9, "mine", 2)
    assert last["best"]["accuracy"] < 0.99
    with Archive.open(tmp_path / "s.db", readonly=True) as archive:
        assert [len(archive.trials(name)) for name in archive.names()] == [2, 2]


def test_an_mcp_client_may_give_settings_beside_settings(
    tmp_path: Path, sandbox: FakeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a model that fills in the form; a name that is none comes back as the answer."""
    monkeypatch.setenv("LANGGRAPH_NAS_DB", str(tmp_path / "s.db"))
    search = build(tmp_path, sandbox, input_schema=SearchInput).compile()
    graph = answering_graph(search, SearchInput)
    assert graph.invoke({"iterations": 1})["iterations"] == 1
    assert graph.invoke({"iterations": 2, "settings": {"iterations": 1}})["iterations"] == 1
    assert "did you mean 'iterations'" in graph.invoke({"iteratons": 1})["error"]
