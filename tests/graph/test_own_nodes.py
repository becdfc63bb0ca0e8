"""Nodes of one's own between those of the search: what they write counts, or is refused."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, program
from fakes.graphs import build, on
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START

from langgraph_nas import Archive, SearchState, UsageError
from langgraph_nas.graph.routing import next_iteration

NODES = ("generate", "execute", "diagnose", "update_memory")
MINE = program(0.8, 77)
HINT = {"problem": "It is too deep.", "modification": "Be bold."}
LESSON = {"iteration": 0, "problem": "p", "suggestion": "s", "outcome": "it burnt the board"}
BEST = {"iteration": 1, "accuracy": 0.99, "code": MINE}
KEPT = {
    "search": "other",
    "iteration": 7,
    "started_at": 0.0,
    "evaluation": {"outcome": "ok", "accuracy": 0.99},
    "pending": LESSON,
    "stagnation": {"rounds": 9, "failures": 9, "moves": 9},
    "move": "explore",
    "seconds": 1e9,
}


class Own(SearchState, total=False):
    mine: int


def with_node(folder: Path, sandbox: FakeSandbox, behind: str, update: dict[str, Any]) -> Any:
    """Return the graph with a node behind another one, which writes in the second round."""

    def own(state: Own) -> dict[str, Any]:
        begun = state.get("iteration", 0) + (behind == "update_memory")
        return update if begun == 2 or behind == START else {}

    graph = build(folder, sandbox, state_schema=Own)
    graph.add_node("own", own)
    if behind == "update_memory":
        graph.branches[behind].clear()
        graph.add_conditional_edges(behind, next_iteration, {"generate": "own", END: END})
        graph.add_edge("own", "generate")
    else:
        following = NODES[NODES.index(behind) + 1] if behind in NODES else "generate"
        graph.edges.remove((behind, following))
        graph.add_edge(behind, "own")
        graph.add_edge("own", following)
    return graph.compile(checkpointer=InMemorySaver())


def recorded(folder: Path) -> tuple[list[Any], list[Any], list[Any]]:
    with Archive.open(folder / "s.db", readonly=True) as archive:
        return archive.trials("s"), archive.triples("s"), archive.calls("s")


@pytest.mark.parametrize("key", KEPT)
@pytest.mark.parametrize("behind", NODES)
def test_what_the_search_keeps_itself_is_refused(
    tmp_path: Path, sandbox: FakeSandbox, behind: str, key: str
) -> None:
    graph = with_node(tmp_path, sandbox, behind, {key: KEPT[key]})
    with pytest.raises(UsageError, match=f"`{key}` of search .* was changed before"):
        graph.invoke({}, on("s"))
    assert len(recorded(tmp_path)[0]) == (1 if behind in ("generate", "update_memory") else 2)


@pytest.mark.parametrize("key", [*KEPT, "candidate", "suggestion", "best", "memory", "mark"])
def test_nothing_of_it_can_be_given_before_the_search_begins(
    tmp_path: Path, sandbox: FakeSandbox, key: str
) -> None:
    values = {**KEPT, "candidate": {"code": MINE}, "suggestion": HINT, "best": BEST}
    value = {**values, "memory": [LESSON], "mark": {"node": "generate"}}[key]
    graph = with_node(tmp_path, sandbox, START, {key: value or 1.0})
    if key == "search":
        assert graph.invoke({}, on("s"))["search"] == "other"
        return
    with pytest.raises(UsageError, match=key):
        graph.invoke({}, on("s"))
    assert sandbox.jobs == []


@pytest.mark.parametrize("behind", NODES)
@pytest.mark.parametrize("mark", [None, "x", {"iteration": 2, "node": "execute", "digests": {}}])
def test_the_mark_by_which_changes_are_seen_stays(
    tmp_path: Path, sandbox: FakeSandbox, behind: str, mark: Any
) -> None:
    graph = with_node(tmp_path, sandbox, behind, {"mark": mark, "evaluation": None})
    with pytest.raises(UsageError):
        graph.invoke({}, on("s"))


@pytest.mark.parametrize("behind", NODES)
def test_a_suggestion_counts_where_the_docs_say(
    tmp_path: Path, sandbox: FakeSandbox, behind: str
) -> None:
    graph = with_node(tmp_path, sandbox, behind, {"suggestion": HINT})
    if behind in ("generate", "execute"):
        with pytest.raises(UsageError, match="a suggestion counts before"):
            graph.invoke({}, on("s"))
        return
    graph.invoke({}, on("s"))
    _, triples, calls = recorded(tmp_path)
    told = triples[0 if behind == "update_memory" else 1]
    assert told["suggestion"] == "Be bold."
    asked = [c for c in calls if c["iteration"] == told["iteration"] + 1]
    assert "Be bold." in asked[0]["prompt"]


@pytest.mark.parametrize("behind", NODES)
def test_a_candidate_counts_before_it_is_executed(
    tmp_path: Path, sandbox: FakeSandbox, behind: str
) -> None:
    graph = with_node(tmp_path, sandbox, behind, {"candidate": {"code": MINE}})
    if behind != "generate":
        with pytest.raises(UsageError, match="a candidate is edited before `execute`"):
            graph.invoke({}, on("s"))
        return
    graph.invoke({}, on("s"))
    trial = recorded(tmp_path)[0][1]
    assert (trial["program"], trial["source"], trial["outcome"]) == (MINE, "user", "ok")


@pytest.mark.parametrize("behind", NODES)
def test_the_window_and_the_best_count_everywhere(
    tmp_path: Path, sandbox: FakeSandbox, behind: str
) -> None:
    update = {"memory": [LESSON] * 7, "best": BEST, "mine": 3}
    last = with_node(tmp_path, sandbox, behind, update).invoke({}, on("s"))
    assert (last["best"]["accuracy"], last["mine"], last["iteration"]) == (0.99, 3, 3)
    assert len(last["memory"]) <= last["settings"]["memory"]
    shown = "".join(call["prompt"] for call in recorded(tmp_path)[2])
    assert "it burnt the board" in shown


def test_another_end_counts_before_the_next_round(tmp_path: Path, sandbox: FakeSandbox) -> None:
    for number, iterations in enumerate((2, 5)):
        folder = tmp_path / str(number)
        folder.mkdir()
        update = {"settings": {"iterations": iterations}}
        last = with_node(folder, sandbox, "update_memory", update).invoke({}, on("s"))
        assert (last["iteration"], last["settings"]["iterations"]) == (iterations, iterations)
        with Archive.open(folder / "s.db", readonly=True) as archive:
            assert archive.search("s")["settings"]["iterations"] == iterations


@pytest.mark.parametrize(
    ("update", "words"),
    [
        ({"memory": None}, "`memory` can't be used: input should be a valid list"),
        ({"memory": [1]}, "`memory` can't be used: 0: input should be"),
        ({"best": "x"}, "`best` must be a dict, not str"),
        ({"best": {"code": MINE}}, "iteration: field required"),
        ({"settings": None}, "`iteration` is given, but not of which search"),
        ({"settings": {"iterations": 2}}, "`settings` of .*another end counts before `generate`"),
        ({"settings": {"epochs": 9}}, "`settings` of search 's' was changed before `diagnose`"),
    ],
)
def test_what_is_malformed_is_refused(
    tmp_path: Path, sandbox: FakeSandbox, update: dict[str, Any], words: str
) -> None:
    graph = with_node(tmp_path, sandbox, "execute", update)
    with pytest.raises(UsageError, match=words):
        graph.invoke({}, on("s"))
