"""Graphs of others on our checkpointer: subgraphs, interrupts, channels that store changes."""

from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.channels import DeltaChannel
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from langgraph_nas.graph import open_checkpointer
from langgraph_nas.graph.savers import PruningSqliteSaver

KEEP = 4
THREAD: Any = {"configurable": {"thread_id": "t"}, "recursion_limit": 1000}


class Count(TypedDict, total=False):
    """State of parent and child."""

    rounds: int
    steps: int
    answers: list[str]


def child_graph(steps: int, *, checkpointer: bool | None = None, asks_in_round: int = 0) -> Any:
    """Return a graph of `steps` steps; in that round it asks a question at its last one."""

    def step(state: Count) -> Count:
        done = state.get("steps", 0) + 1
        if done % steps == 0 and state["rounds"] == asks_in_round:
            return {"steps": done, "answers": [interrupt(f"step {done}")]}
        return {"steps": done}

    graph = StateGraph(Count)
    graph.add_node("step", step)
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda s: END if s["steps"] % steps == 0 else "step")
    return graph.compile(checkpointer=checkpointer)


def parent_graph(saver: PruningSqliteSaver, child: Any, rounds: int) -> Any:
    """Return a graph that runs the child in each round."""
    graph = StateGraph(Count)
    graph.add_node("begin", lambda state: {"rounds": state.get("rounds", 0) + 1})
    graph.add_node("child", child)
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "child")
    graph.add_conditional_edges("child", lambda s: END if s["rounds"] == rounds else "begin")
    return graph.compile(checkpointer=saver)


def namespaces(saver: PruningSqliteSaver) -> dict[str, int]:
    counts: dict[str, int] = {}
    for found in saver.list({"configurable": {"thread_id": "t"}}):
        namespace = found.config["configurable"]["checkpoint_ns"]
        counts[namespace] = counts.get(namespace, 0) + 1
    return counts


def test_subgraphs_of_pruned_steps_leave_nothing_behind(tmp_path: Path):
    with open_checkpointer(tmp_path / "s.db", keep=KEEP) as saver:
        state = parent_graph(saver, child_graph(6), rounds=10).invoke({}, THREAD)

        assert (state["rounds"], state["steps"]) == (10, 60)
        counts = namespaces(saver)
        assert counts.pop("") == KEEP
        assert 1 <= len(counts) <= KEEP  # one for each kept step that ran the child
        assert set(counts.values()) == {KEEP}


def test_a_question_deep_in_a_subgraph_is_answered_after_pruning(tmp_path: Path):
    child = child_graph(6, asks_in_round=8)
    with open_checkpointer(tmp_path / "s.db", keep=KEEP) as saver:
        asked = parent_graph(saver, child, rounds=10).invoke({}, THREAD)
        assert [question.value for question in asked["__interrupt__"]] == ["step 48"]

    with open_checkpointer(tmp_path / "s.db", keep=KEEP) as saver:
        state = parent_graph(saver, child, rounds=10).invoke(Command(resume="yes"), THREAD)

    assert (state["rounds"], state["steps"], state["answers"]) == (10, 60, ["yes"])


def test_a_subgraph_that_remembers_its_calls_goes_on_remembering(tmp_path: Path):
    class Own(TypedDict, total=False):
        calls: int

    memory = StateGraph(Own)
    memory.add_node("call", lambda state: {"calls": state.get("calls", 0) + 1})
    memory.add_edge(START, "call")
    remembering = memory.compile(checkpointer=True)

    def ask(state: Count) -> Count:
        return {"steps": remembering.invoke({})["calls"]} if state["rounds"] in (1, 2, 10) else {}

    with open_checkpointer(tmp_path / "s.db", keep=KEEP) as saver:
        state = parent_graph(saver, ask, rounds=10).invoke({}, THREAD)

        assert state["steps"] == 3
        assert namespaces(saver) == {"": KEEP, "child": KEEP}


def test_a_channel_that_stores_changes_only_is_read_back_whole(tmp_path: Path):
    class Log(TypedDict, total=False):
        lines: Annotated[list[str], DeltaChannel(lambda old, new: [*old, *sum(new, [])])]  # type: ignore[arg-type]

    graph = StateGraph(Log)
    graph.add_node("log", lambda state: {"lines": [f"line {len(state.get('lines', []))}"]})
    graph.add_edge(START, "log")
    graph.add_conditional_edges("log", lambda s: END if len(s["lines"]) == 30 else "log")
    with open_checkpointer(tmp_path / "s.db", keep=KEEP) as saver:
        graph.compile(checkpointer=saver).invoke({"lines": []}, THREAD)
        saver.prune(["t"])

    with open_checkpointer(tmp_path / "s.db", keep=KEEP) as saver:
        lines = graph.compile(checkpointer=saver).get_state(THREAD).values["lines"]
    assert lines == [f"line {number}" for number in range(30)]
