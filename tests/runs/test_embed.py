"""The search as a tool and as a node, in real graphs of LangGraph."""

import asyncio
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode
from langgraph.types import Command

from langgraph_nas import Archive, SearchConfig, nas_node, nas_tool
from langgraph_nas.errors import SearchStopped, UsageError

ACCURACIES = [0.3, 0.6, 0.5, 0.7]
CALL = {"name": "search_architecture", "args": {"iterations": 12}, "id": "1", "type": "tool_call"}


class Conversation(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


class Plan(TypedDict, total=False):
    wish: int
    nas: dict[str, Any]
    report: str


def write(prompt: str, number: int) -> str:
    return f"```python\n{program(ACCURACIES[number % 4], number + 1)}```"


@pytest.fixture
def parts(tmp_path: Path, sandbox: FakeSandbox) -> dict[str, Any]:
    return {
        "generator": ScriptedChatModel(answer=write),
        "improver": ScriptedChatModel(answer=diagnosis),
        "sandbox": sandbox,
        "config": SearchConfig(
            **PLAIN, iterations=2, finalists=0, form="code", improver_form="text"
        ),
        "database": tmp_path / "s.db",
    }


def agent(tool: Any, **args: Any) -> StateGraph[Any]:
    """An agent that calls the tool once and repeats what it says."""
    call = {**CALL, "args": args}

    def think(state: Conversation) -> Conversation:
        last = state["messages"][-1]
        if isinstance(last, ToolMessage):
            return {"messages": [AIMessage(str(last.content))]}
        return {"messages": [AIMessage("", tool_calls=[call])]}

    graph = StateGraph(Conversation)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode([tool]))
    graph.add_edge(START, "think")
    graph.add_conditional_edges(
        "think", lambda s: "tools" if s["messages"][-1].tool_calls else END, ["tools", END]
    )
    graph.add_edge("tools", "think")
    return graph


def test_an_agent_searches_longer_than_its_own_recursion_limit(parts: dict[str, Any]) -> None:
    graph = agent(nas_tool(**parts), iterations=12).compile()
    said = graph.invoke({"messages": [HumanMessage("go")]}, {"recursion_limit": 25})
    answer = said["messages"][-1].content
    assert "12 networks tried, 12 trained. Best accuracy 0.7" in answer
    assert len(answer) < 400
    program_file = Path(answer.rpartition("Its program: ")[2])
    assert "class Net(nn.Module)" in program_file.read_text()


def test_an_agent_does_so_async_and_sees_the_progress(parts: dict[str, Any]) -> None:
    graph = agent(nas_tool(**parts), iterations=2).compile()

    async def watch() -> list[str]:
        stream = graph.astream(
            {"messages": [HumanMessage("go")]}, stream_mode="custom", subgraphs=True
        )
        return [event["event"] async for _, event in stream]

    events = asyncio.run(watch())
    assert [name for name in events if name in ("outcome", "new_best")] == [
        *("outcome", "new_best", "outcome", "new_best")
    ]


def test_what_an_agent_may_set_is_described(parts: dict[str, Any]) -> None:
    tool = nas_tool(**parts)
    assert {"dataset", "iterations", "time_budget"} <= set(tool.args)
    assert all(argument["description"] for argument in tool.args.values())


def test_a_tool_that_nobody_runs_in_a_graph_works_too(parts: dict[str, Any]) -> None:
    assert "2 networks tried" in nas_tool(**parts).invoke({})


def test_a_review_within_a_tool_comes_up_in_the_agent(parts: dict[str, Any]) -> None:
    config = parts["config"].model_copy(update={"review": "before_execute", "iterations": 1})
    graph = agent(nas_tool(**{**parts, "config": config})).compile(checkpointer=InMemorySaver())
    thread = {"configurable": {"thread_id": "t"}}
    paused = graph.invoke({"messages": [HumanMessage("go")]}, thread)
    [question] = paused["__interrupt__"]
    assert question.value["kind"] == "candidate"
    said = graph.invoke(Command(resume="approve"), thread)
    assert "1 networks tried, 1 trained" in said["messages"][-1].content


def parent(node: Any) -> StateGraph[Any]:
    graph = StateGraph(Plan)
    graph.add_node("nas", node)
    graph.add_node("tell", lambda state: {"report": f"{state['nas']['accuracy']:.2f}"})
    graph.add_edge(START, "nas")
    graph.add_edge("nas", "tell")
    graph.add_edge("tell", END)
    return graph


def test_a_node_maps_the_parents_state_in_and_out(parts: dict[str, Any]) -> None:
    node = nas_node(**parts, settings=lambda state: {"iterations": state["wish"]})
    last = parent(node).compile().invoke({"wish": 9}, {"recursion_limit": 25})
    assert (last["nas"]["iteration"], last["report"]) == (9, "0.70")
    assert set(last["nas"]) == {"search", "iteration", "accuracy", "program"}


def test_a_stopped_parent_goes_on_in_the_middle_of_the_search(parts: dict[str, Any]) -> None:
    """Under the parent's own checkpointer, without training anything twice."""
    stops = [3]

    def fail_once(job: Any) -> None:
        if len(parts["sandbox"].jobs) in stops:
            stops.clear()
            raise SearchStopped("somebody pulled the plug")

    parts["sandbox"].on_run = fail_once
    node = nas_node(**parts, settings=lambda state: {"iterations": 4})
    graph = parent(node).compile(checkpointer=InMemorySaver())
    thread = {"configurable": {"thread_id": "p"}}
    with pytest.raises(SearchStopped):
        graph.invoke({"wish": 4}, thread)
    last = graph.invoke(None, thread)
    assert last["nas"]["iteration"] == 4
    assert len(parts["sandbox"].jobs) == 5  # the third once more
    with Archive.open(parts["database"], readonly=True) as archive:
        assert archive.names() == ["p"]
        assert archive.counts("p")["iterations"] == 4


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_node_may_keep_checkpoints_of_its_own(parts: dict[str, Any], way: str) -> None:
    """The parent's hold nothing of the search; a parent that goes on goes on in its middle."""
    stops = [3]

    def fail_once(job: Any) -> None:
        if len(parts["sandbox"].jobs) in stops:
            stops.clear()
            raise SearchStopped("somebody pulled the plug")

    def go(value: Any) -> Any:
        result = getattr(graph, way)(value, thread)
        return asyncio.run(result) if way == "ainvoke" else result

    parts["sandbox"].on_run = fail_once
    node = nas_node(**parts, settings=lambda state: {"iterations": 4}, persist="own")
    saver = InMemorySaver()
    graph = parent(node).compile(checkpointer=saver)
    thread: Any = {"configurable": {"thread_id": "p"}}
    with pytest.raises(SearchStopped):
        go({"wish": 4})
    assert go(None)["nas"]["iteration"] == 4
    assert len(parts["sandbox"].jobs) == 5  # the third once more
    assert not any(namespace for namespace in saver.storage["p"])  # none of a subgraph
    with Archive.open(parts["database"], readonly=True) as archive:
        [name] = archive.names()
        assert name.startswith("p-")
        assert archive.counts(name)["iterations"] == 4
    # The same node in another run of the same thread is another search.
    assert go({"wish": 4})["nas"]["search"] != name


def test_events_of_a_node_with_its_own_checkpoints_come_up(parts: dict[str, Any]) -> None:
    graph = parent(nas_node(**parts, persist="own")).compile()
    events = [event["event"] for event in graph.stream({}, stream_mode="custom")]
    assert (events[0], events.count("outcome"), events[-1]) == ("search_started", 2, "search_ended")


def test_a_review_needs_the_parents_checkpoints(parts: dict[str, Any]) -> None:
    config = parts["config"].model_copy(update={"review": "before_execute"})
    with pytest.raises(UsageError, match="persist='inherit'"):
        nas_node(**{**parts, "config": config}, persist="own")
    chosen = {"review": "before_execute"}
    graph = parent(nas_node(**parts, persist="own", settings=lambda state: chosen)).compile()
    with pytest.raises(UsageError, match="persist='inherit'"):
        graph.invoke({})
