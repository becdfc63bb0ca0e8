"""What an agent asks of the tool: shown as a schema, read kindly, and answered if it can't be."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import diagnosis
from fakes.settings import PLAIN
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

from langgraph_nas import Archive, SearchConfig, nas_tool, search
from langgraph_nas.datasets import dataset_names, known_name
from langgraph_nas.errors import PromptCutError


@pytest.fixture
def parts(tmp_path: Path, sandbox: FakeSandbox) -> dict[str, Any]:
    def write(prompt: str, number: int) -> str:
        return f"```python\n{program(0.5, number + 1)}```"

    return {
        "generator": ScriptedChatModel(answer=write),
        "improver": ScriptedChatModel(answer=diagnosis),
        "sandbox": sandbox,
        "config": SearchConfig(**PLAIN, iterations=1, form="code", improver_form="text"),
        "database": tmp_path / "s.db",
    }


def called(parts: dict[str, Any], **args: Any) -> ToolMessage:
    """Return what an agent hears that calls the tool in a tool node with its default settings."""
    call = {"name": "search_architecture", "args": args, "id": "1", "type": "tool_call"}
    graph = StateGraph(MessagesState)
    graph.add_node("tools", ToolNode([nas_tool(**parts)]))
    graph.add_edge(START, "tools")
    said = graph.compile().invoke({"messages": [AIMessage("", tool_calls=[call])]})
    message = said["messages"][-1]
    assert isinstance(message, ToolMessage)
    return message


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"dataset": "CIFAR-11"}, "Did you mean cifar10?"),
        ({"dataset": "folder:/nowhere"}, "/nowhere"),
        ({"iterations": 0}, "iterations 0: input should be greater than or equal to 1"),
        ({"iterations": "many"}, "iterations 'many': input should be a valid integer"),
        ({"iteratons": 3}, "there is no setting 'iteratons': did you mean 'iterations'?"),
        ({"dataset": 7}, "dataset 7: input should be a valid string"),
    ],
)
def test_what_can_not_be_is_a_message_and_nothing_is_searched(
    parts: dict[str, Any], args: dict[str, Any], words: str
) -> None:
    message = called(parts, **args)
    assert message.status == "error"
    assert words in message.content
    assert str(message.content).startswith("The search was not made: ")
    assert len(message.content) < 400
    assert parts["sandbox"].jobs == []


@pytest.mark.parametrize("spelling", ["digits", "Digits", " digits ", "DIGITS"])
def test_a_name_may_be_spelled_in_any_way(parts: dict[str, Any], spelling: str) -> None:
    message = called(parts, dataset=spelling)
    assert message.status == "success"
    with Archive.open(parts["database"], readonly=True) as archive:
        assert [archive.search(name)["settings"]["dataset"] for name in archive.names()] == [
            "digits"
        ]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("CIFAR-10", "cifar10"),
        ("cifar10 ", "cifar10"),
        ("Cifar 100", "cifar100"),
        ("Fashion MNIST", "fashion-mnist"),
        ("FashionMNIST", "fashion-mnist"),
        ("fashion_mnist", "fashion-mnist"),
        ("Folder:/Data/Birds", "folder:/Data/Birds"),
    ],
)
def test_obvious_spellings_are_understood(spelling: str, name: str) -> None:
    assert known_name(spelling) == name


def test_a_search_of_ones_own_understands_them_too(parts: dict[str, Any]) -> None:
    config = parts.pop("config").model_copy(update={"dataset": "Digits", "finalists": 0})
    result = search(config, **parts)
    assert result.name == "digits-1"
    with Archive.open(parts["database"], readonly=True) as archive:
        assert archive.search("digits-1")["settings"]["dataset"] == "digits"


def test_the_names_are_an_enum_in_the_schema(parts: dict[str, Any]) -> None:
    shown = convert_to_openai_tool(nas_tool(**parts))["function"]["parameters"]
    choices = shown["properties"]["dataset"]["anyOf"]
    assert [*choices[0]["enum"], "folder:PATH"] == list(dataset_names())


def test_what_must_be_put_right_outside_is_still_an_error(parts: dict[str, Any]) -> None:
    def cut(prompt: str, number: int) -> str:
        raise PromptCutError("raise --num-ctx")

    parts["generator"] = ScriptedChatModel(answer=cut)
    with pytest.raises(PromptCutError):
        nas_tool(**parts).invoke({})
