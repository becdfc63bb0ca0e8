"""The ten ways into a program of somebody's, each against the real libraries.

The models' replies are recorded; graphs, agents, checkpointers, server, archive and sandbox are
the real ones.
"""

import asyncio
import sqlite3
from ast import literal_eval
from contextlib import closing
from pathlib import Path
from typing import Any, TypedDict

import pytest
from deepagents import CompiledSubAgent, create_deep_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.pregel.remote import RemoteGraph
from langgraph.types import Command
from langgraph_supervisor import create_supervisor
from servers.langgraph_dev import NET, WIDTHS, Server, wait_until

from langgraph_nas import Archive, create_nas_graph, nas_agent, nas_node, nas_tool

pytestmark = pytest.mark.slow(seconds=23)

CONFIG = {"recursion_limit": 200}
HINT = {
    "problem": "It is too deep for the board.",
    "inspiration": "",
    "modification": "Use one layer only.",
    "source": "user",
}


class ToolCaller(BaseChatModel):
    """Calls one tool, then repeats what the search said."""

    call: ToolCall
    offered: list[str] = []

    @property
    def _llm_type(self) -> str:
        return "tool-caller"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        self.offered.extend(tool.name for tool in tools)
        return self

    def _generate(self, messages: list[AnyMessage], *given: Any, **kwargs: Any) -> ChatResult:
        told = [message.text for message in messages if "networks tried" in message.text]
        answer = AIMessage(told[-1]) if told else AIMessage("", tool_calls=[self.call])
        return ChatResult(generations=[ChatGeneration(message=answer)])


def caller(name: str, **args: Any) -> ToolCaller:
    return ToolCaller(call=ToolCall(name=name, args=args, id="1"))


def on(thread: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread}} | CONFIG


def statuses(database: Path) -> dict[str, tuple[str, int]]:
    """Return name -> status and number of trained networks of all searches."""
    with Archive.open(database, readonly=True) as archive:
        return {
            name: (archive.search(name)["status"], archive.counts(name)["valid"])
            for name in archive.names()
        }


class Project(TypedDict, total=False):
    wish: int
    nas: dict[str, Any]
    report: str


def project(parts: dict[str, Any]) -> StateGraph[Any]:
    config = parts["config"].model_copy(update={"review": "before_execute"})
    node = nas_node(
        **{**parts, "config": config}, settings=lambda state: {"iterations": state["wish"]}
    )
    graph = StateGraph(Project)
    graph.add_node("nas", node)
    graph.add_node("tell", lambda state: {"report": f"best {state['nas']['accuracy']:.2f}"})
    graph.add_edge(START, "nas")
    graph.add_edge("nas", "tell")
    graph.add_edge("tell", END)
    return graph


def test_1_a_node_of_a_parent_graph_with_its_own_state_and_checkpointer(
    parts: dict[str, Any], tmp_path: Path
) -> None:
    answers = [{"wish": 2}, Command(resume="approve"), Command(resume="approve")]
    for answer in answers:  # each as in a new process
        with closing(sqlite3.connect(tmp_path / "own.db", check_same_thread=False)) as connection:
            parent = project(parts).compile(checkpointer=SqliteSaver(connection))
            last = parent.invoke(answer, {"configurable": {"thread_id": "mine"}})
    assert last["report"].startswith("best 0.")
    assert set(last) == {"wish", "nas", "report"}
    assert statuses(parts["database"]) == {"mine": ("finished", 2)}


def test_2_a_tool_in_a_tool_node(parts: dict[str, Any]) -> None:
    tool, model = nas_tool(**parts), caller("search_architecture", iterations=2)
    graph = StateGraph(MessagesState)
    bound = model.bind_tools([tool])
    graph.add_node("think", lambda state: {"messages": [bound.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode([tool]))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition)
    graph.add_edge("tools", "think")
    said = graph.compile().invoke({"messages": [("user", "go")]}, {"recursion_limit": 6})
    assert "2 networks tried, 2 trained. Best accuracy 0." in said["messages"][-1].text


@pytest.mark.filterwarnings("ignore:create_react_agent has been moved")
def test_3_an_agent_under_a_supervisor(parts: dict[str, Any]) -> None:
    model = caller("transfer_to_architecture_search")
    supervisor = create_supervisor([nas_agent(**parts)], model=model).compile(
        checkpointer=InMemorySaver()
    )
    asked = {"messages": [("user", "Try 1 network on digits, please.")]}
    said = supervisor.invoke(asked, {"configurable": {"thread_id": "team"}})
    assert "transfer_to_architecture_search" in model.offered
    assert "1 networks tried, 1 trained. Best accuracy 0." in said["messages"][-1].text
    assert statuses(parts["database"]) == {"team": ("finished", 1)}


def test_3_an_agent_under_a_deep_agent(parts: dict[str, Any]) -> None:
    agent = CompiledSubAgent(
        name="architecture_search", description="Finds networks.", runnable=nas_agent(**parts)
    )
    model = caller("task", description="1 network on digits", subagent_type=agent["name"])
    deep = create_deep_agent(model=model, subagents=[agent])
    said = asyncio.run(deep.ainvoke({"messages": [("user", "I want to read digits.")]}))
    assert "task" in model.offered
    assert "1 networks tried, 1 trained. Best accuracy 0." in said["messages"][-1].text


def test_4_a_remote_graph_as_a_node_of_a_local_one(server: Server) -> None:
    class Local(TypedDict, total=False):
        settings: dict[str, Any]
        iteration: int
        best: dict[str, Any]

    graph = StateGraph(Local)
    graph.add_node("nas", RemoteGraph("nas", url=server.url))
    graph.add_edge(START, "nas")
    graph.add_edge("nas", END)
    state = graph.compile().invoke({"settings": server.settings | {"iterations": 1}}, CONFIG)
    assert (state["iteration"], state["best"]["iteration"]) == (1, 1)


def test_5_a_run_on_the_server_streams_its_events_and_books_its_trials(server: Server) -> None:
    client = server.client
    thread = client.threads.create()["thread_id"]
    events = [
        (part.event, part.data)
        for part in client.runs.stream(
            thread,
            "nas",
            input={},
            context=server.settings,
            config=CONFIG,
            stream_mode=["custom", "updates"],
        )
    ]
    custom = [data["event"] for name, data in events if name == "custom"]
    assert (custom[0], custom.count("outcome"), custom[-1]) == ("search_started", 2, "search_ended")
    updates = [next(iter(data)) for name, data in events if name == "updates"]
    assert updates == ["generate", "execute", "diagnose", "update_memory"] * 2
    state = client.threads.get_state(thread)["values"]
    assert state["best"]["accuracy"] > 0.3
    assert statuses(server.database)[state["search"]] == ("finished", 2)


def test_6_a_review_pauses_the_run_and_an_edit_resumes_it(server: Server) -> None:
    thread, paused = server.start(review="before_execute", iterations=1)
    question = paused["__interrupt__"][0]["value"]
    assert question["program"] == NET.format(width=WIDTHS[0])
    assert server.client.threads.get(thread)["status"] == "interrupted"
    mine = NET.format(width=13)
    # Without the context: the settings are frozen in the state.
    state = server.client.runs.wait(
        thread, "nas", command={"resume": {"action": "edit", "program": mine}}, config=CONFIG
    )
    assert (state["iteration"], state["best"]["code"]) == (1, mine)


def test_7_a_cancelled_run_stops_training_at_once_and_goes_on_later(server: Server) -> None:
    client = server.client
    thread = client.threads.create()["thread_id"]
    slow = server.settings | {"epochs": 150, "iterations": 1, "time_limit": 600}
    run = client.runs.create(thread, "nas", input={}, context=slow, config=CONFIG)
    wait_until(lambda: client.threads.get_state(thread)["next"] == ["execute"])
    client.runs.cancel(thread, run["run_id"], wait=True)
    name = client.threads.get_state(thread)["values"]["search"]
    wait_until(lambda: statuses(server.database)[name][0] == "interrupted")
    assert client.threads.get_state(thread)["next"] == ["execute"]
    state = client.runs.wait(thread, "nas", input=None, config=CONFIG)
    assert (state["evaluation"]["outcome"], state["search"]) == ("ok", name)


def test_8_a_fork_from_an_earlier_checkpoint_is_a_search_of_its_own(server: Server) -> None:
    client = server.client
    thread, first = server.start()
    name, fork = first["search"], f"{first['search']}-fork-1"
    with Archive.open(server.database, readonly=True) as archive:
        before = archive.trials(name), archive.triples(name), archive.calls(name)
    [earlier] = [
        snapshot
        for snapshot in client.threads.get_history(thread, limit=50)
        if snapshot["next"] == ["generate"] and snapshot["values"].get("iteration") == 1
    ]
    client.threads.update_state(
        thread, {"suggestion": HINT}, as_node="update_memory", checkpoint=earlier["checkpoint"]
    )
    state = client.runs.wait(thread, "nas", input=None, config=CONFIG)
    assert (state["search"], state["iteration"]) == (fork, 2)
    with Archive.open(server.database, readonly=True) as archive:
        # The first one is as it was.
        assert (archive.trials(name), archive.triples(name), archive.calls(name)) == before
        row, trials = archive.search(fork), archive.trials(fork)
        assert (row["facts"]["forked_from"], row["status"]) == (name, "finished")
        assert [trial["iteration"] for trial in trials] == [1, 2]
        assert trials[0]["program"] == before[0][0]["program"]
        assert HINT["modification"] in archive.calls(fork, 2)[0]["prompt"]


def test_9_an_mcp_client_finds_the_search_and_calls_it(server: Server) -> None:
    [tool] = server.mcp("tools/list")["tools"]
    assert tool["name"] == "nas"
    assert "neural network" in tool["description"]
    asked = {"settings": server.settings | {"iterations": 1}}
    answer = server.mcp("tools/call", name="nas", arguments=asked)
    assert not answer.get("isError"), answer
    found = literal_eval(answer["content"][0]["text"])  # the server sends what `repr` makes of it
    assert set(found) == {"search", "iterations", "accuracy", "program", "summary"}
    assert (found["iterations"], found["accuracy"] > 0.1) == (1, True)
    assert "class Net(nn.Module)" in Path(found["program"]).read_text()
    assert f"Best accuracy {found['accuracy']:.4f}" in found["summary"]


async def test_10_three_searches_at_once_on_threads_of_their_own(parts: dict[str, Any]) -> None:
    graph = create_nas_graph(**parts).compile(checkpointer=InMemorySaver())
    short = {"settings": {"iterations": 1}}
    found = graph.batch([short] * 3, [on(name) for name in "abc"])
    found += await graph.abatch([short] * 3, [on(name) for name in "def"])
    assert [state["search"] for state in found] == list("abcdef")
    assert statuses(parts["database"]) == {name: ("finished", 1) for name in "abcdef"}


def test_10_three_runs_at_once_on_the_server(server: Server) -> None:
    client, runs = server.client, []
    for _ in range(3):
        thread = client.threads.create()["thread_id"]
        run = client.runs.create(thread, "nas", input={}, context=server.settings, config=CONFIG)
        runs.append((thread, run["run_id"]))
    ends = [client.runs.join(*run) for run in runs]
    names = [state["search"] for state in ends]
    assert len(set(names)) == 3
    with Archive.open(server.database, readonly=True) as archive:
        rows = [archive.search(name) for name in names]
    assert [row["status"] for row in rows] == ["finished"] * 3
    assert max(row["created"] for row in rows) < min(row["updated"] for row in rows)
