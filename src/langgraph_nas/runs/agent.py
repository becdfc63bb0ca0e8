"""The search as an agent that is spoken to, for supervisors and deep agents."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from pydantic import ValidationError

from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import dataset_names
from langgraph_nas.runs.embed import SearchArgs, nas_node
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.workbench import default_database, summary_of

_COUNT = re.compile(r"(\d+)\s+(?:iterations?|networks?|candidates?|trials?|rounds?)\b", re.I)
_FOLDER = re.compile(r"\bfolder:\S+")
_OBJECT = re.compile(r"\{.*\}", re.S)


def nas_agent(
    *,
    name: str = "architecture_search",
    generator: str | BaseChatModel | None = None,
    improver: str | BaseChatModel | None = None,
    sandbox: str | Sandbox | None = None,
    config: SearchConfig | None = None,
    database: str | Path | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return a compiled graph over messages that does one search, as the last message asks.

    It understands a JSON object with the keys of `SearchArgs`, and in plain words the name of a
    data set and how many networks to try; all else is as in `config`. A supervisor that hands
    over without a word of its own means what its user said last.

    Args:
        name: Name of the agent.
        generator: As in `create_nas_graph`.
        improver: As in `create_nas_graph`.
        sandbox: As in `create_nas_graph`.
        config: Settings that nobody asked otherwise.
        database: The archive's file.

    Example:
        >>> nas_agent().name
        'architecture_search'
    """
    place = default_database() if database is None else Path(database)
    node = nas_node(
        generator=generator,
        improver=improver,
        sandbox=sandbox,
        config=config,
        database=database,
        settings=lambda state: wish(state["messages"]),
        update=lambda last: {
            "messages": [AIMessage(summary_of(last, place)["summary"], name=name)]
        },
    )
    graph = StateGraph(MessagesState)
    graph.add_node("search", node)
    graph.add_edge(START, "search")
    graph.add_edge("search", END)
    return graph.compile(name=name)


def wish(messages: Sequence[AnyMessage]) -> Mapping[str, Any]:
    """Return the settings that a conversation asks for now.

    These are those of its last message; where that asks for nothing, of the user's last one. What
    tools say is left out: a hand-over ends with one that says that it worked.
    """
    said = [message for message in messages if not isinstance(message, ToolMessage)]
    by_user = [message for message in said if isinstance(message, HumanMessage)]
    asked = (asked_for(message.text) for message in (*said[-1:], *by_user[-1:]))
    return next(filter(None, asked), {})


def datasets_in(text: str) -> list[str]:
    """Return the data sets that a text names, however it spells them, the first named first.

    Example:
        >>> datasets_in("a net for Fashion MNIST, then CIFAR-10")
        ['fashion-mnist', 'cifar10']
    """
    found: dict[tuple[int, int], str] = {}
    for name in sorted(dataset_names(), key=len, reverse=True):
        spelling = r"[\s_-]*".join(re.findall(r"[a-z]+|\d+", name))
        for match in re.finditer(rf"(?<!\w){spelling}(?!\w)", text.lower()):
            if not any(start <= match.start() < end for start, end in found):
                found[match.span()] = name
    return list(dict.fromkeys(found[span] for span in sorted(found)))


def asked_for(text: str) -> Mapping[str, Any]:
    """Return the settings that a message asks for."""
    if found := _OBJECT.search(text):
        try:
            return SearchArgs.model_validate(json.loads(found[0])).model_dump(exclude_none=True)
        except (ValueError, ValidationError):
            pass  # braces in prose; read it as such
    settings: dict[str, Any] = {}
    named = datasets_in(text)
    if folder := _FOLDER.search(text):
        named = [folder[0]]
    if named:
        settings["dataset"] = named[0]
    if count := _COUNT.search(text):
        settings["iterations"] = max(1, int(count[1]))
    return settings
