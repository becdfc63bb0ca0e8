"""The search as an agent that is spoken to."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, MessagesState, StateGraph

from langgraph_nas import SearchConfig, nas_agent
from langgraph_nas.errors import UsageError
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
        ("What is it like after 3 rounds?", {}),
        ("Can you try 3 networks on digits?", {"dataset": "digits", "iterations": 3}),
        ('Like {"this": 1}, on digits', {"dataset": "digits"}),
        ("Which models exist for digits?", {}),
        ("Could you find one for digits?", {"dataset": "digits"}),
        ("digits, 3 rounds?", {"dataset": "digits", "iterations": 3}),
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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"iterations": 0} then', "iterations 0: input should be greater than or equal to 1"),
        ('{"dataset": "digits", "iteratons": 3}', "no setting 'iteratons': did you mean 'iter"),
        ('{"dataset": "CIFAR-11"}', "Unknown data set 'CIFAR-11'. Did you mean cifar10?"),
    ],
)
def test_an_object_with_a_slip_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        asked_for(text)


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What will the weather be in Paris tomorrow?", "can do nothing else. Say which data set"),
        ("Thank you!", "Try 5 networks on cifar10"),
        ("Do not search for a network.", "can do nothing else"),
        ("Please don't try 5 networks on digits", "can do nothing else"),
        ("Stop the search for networks!", "can do nothing else"),
        ("Which networks are there for digits?", "can do nothing else"),
        ("Try 2 networks on cifar99", "Unknown data set 'cifar99'. Did you mean cifar10"),
        ("Find a network for minst", "Unknown data set 'minst'. Did you mean mnist?"),
        ("Train 3 networks on ImageNet", "Unknown data set 'imagenet'. Did you mean imagenette?"),
        ("Try 0 networks on digits", "iterations 0: input should be greater"),
        ("Try -3 networks on digits", "iterations -3: input should be greater"),
        ('{"epochs": 3, "iterations": 1}', "epochs can't be asked for, only dataset, iterations"),
        ("How many of the 3 trials of Jesus were legal?", "I search for neural networks"),
        ('{"iteratons": 3}', "did you mean 'iterations'"),
    ],
)
def test_asked_for_anything_else_it_says_what_it_can_do_and_begins_no_search(
    tmp_path: Path, sandbox: FakeSandbox, text: str, words: str, way: str
) -> None:
    agent = make_agent(tmp_path, sandbox)
    said = getattr(agent, way)({"messages": [HumanMessage(text)]})
    said = asyncio.run(said) if way == "ainvoke" else said
    assert words in said["messages"][-1].content
    assert not (tmp_path / "s.db").exists()


def test_a_wish_without_settings_is_one(tmp_path: Path, sandbox: FakeSandbox) -> None:
    agent = make_agent(tmp_path, sandbox, iterations=1)
    said = agent.invoke({"messages": [HumanMessage("Please find a good network for me.")]})
    assert "1 networks tried" in said["messages"][-1].content


def make_agent(folder: Path, sandbox: FakeSandbox, **settings: Any) -> Any:
    return nas_agent(
        generator=ScriptedChatModel(
            answer=lambda prompt, n: f"```python\n{program(0.3 + n / 10, n + 1)}```"
        ),
        improver=ScriptedChatModel(answer=diagnosis),
        sandbox=sandbox,
        config=SearchConfig(**PLAIN, form="code", improver_form="text", **settings),
        database=folder / "s.db",
    )


def test_a_supervisor_hands_over_and_hears_the_result(tmp_path: Path, sandbox: FakeSandbox) -> None:
    agent = make_agent(tmp_path, sandbox)
    graph = StateGraph(MessagesState)
    graph.add_node(agent.name, agent)
    graph.add_edge(START, agent.name)
    graph.add_edge(agent.name, END)
    said = graph.compile().invoke({"messages": [("user", "3 networks on digits")]})
    last = said["messages"][-1]
    assert last.name == "architecture_search"
    assert "3 networks tried, 3 trained. Best accuracy 0.5" in last.content
