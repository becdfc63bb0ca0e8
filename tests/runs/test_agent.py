"""The search as an agent that is spoken to."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, MessagesState, StateGraph

from langgraph_nas import SearchConfig, nas_agent
from langgraph_nas.runs.agent import asked_for, wish


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("Try 7 networks on cifar10, please.", {"dataset": "cifar10", "iterations": 7}),
        (
            "Look at folder:/data/birds for 12 iterations",
            {"dataset": "folder:/data/birds"} | {"iterations": 12},
        ),
        ('{"dataset": "digits", "max_params": 500}', {"dataset": "digits", "max_params": 500}),
        (
            "Find a network for Fashion MNIST, 5 networks",
            {"dataset": "fashion-mnist", "iterations": 5},
        ),
        ("CIFAR-10, with 5 networks", {"dataset": "cifar10", "iterations": 5}),
        ("cifar 100, then MNIST", {"dataset": "cifar100"}),
        ("for cifar1000 or svhnet", {}),
        ("Do what you like {or not}", {}),
        ('{"iterations": 0} then', {}),
    ],
)
def test_what_a_message_asks_for(text: str, settings: dict[str, Any]) -> None:
    assert asked_for(text) == settings


CALL = {"name": "transfer_to_architecture_search", "args": {}, "id": "1"}
MOVED = ToolMessage("Successfully transferred to architecture_search", tool_call_id="1")
USER = HumanMessage("Try 3 networks on digits.")


@pytest.mark.parametrize(
    ("messages", "settings"),
    [
        ([USER, AIMessage("", tool_calls=[CALL]), MOVED], {"dataset": "digits", "iterations": 3}),
        ([USER, AIMessage("2 networks!", tool_calls=[CALL]), MOVED], {"iterations": 2}),
        (
            [USER, AIMessage("9 trials"), HumanMessage("Find one for cifar10")],
            {"dataset": "cifar10"},
        ),
        ([USER, AIMessage("3 networks tried"), HumanMessage("Once more, please")], {}),
        ([HumanMessage([{"type": "text", "text": "5 rounds"}])], {"iterations": 5}),
    ],
)
def test_a_hand_over_means_what_the_supervisor_or_its_user_said_last(
    messages: list[AnyMessage], settings: dict[str, Any]
) -> None:
    assert wish(messages) == settings


def test_a_supervisor_hands_over_and_hears_the_result(tmp_path: Path, sandbox: FakeSandbox) -> None:
    agent = nas_agent(
        generator=ScriptedChatModel(
            answer=lambda prompt, n: f"```python\n{program(0.3 + n / 10, n + 1)}```"
        ),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
        config=SearchConfig(**PLAIN, form="code", improver_form="text"),
        database=tmp_path / "s.db",
    )
    graph = StateGraph(MessagesState)
    graph.add_node(agent.name, agent)
    graph.add_edge(START, agent.name)
    graph.add_edge(agent.name, END)
    said = graph.compile().invoke({"messages": [("user", "3 networks on digits")]})
    last = said["messages"][-1]
    assert last.name == "architecture_search"
    assert "3 networks tried, 3 trained. Best accuracy 0.5" in last.content
