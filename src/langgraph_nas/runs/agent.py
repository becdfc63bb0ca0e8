"""The search as an agent that is spoken to, for supervisors and deep agents."""

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph
from pydantic import ValidationError

from langgraph_nas.config import SearchConfig, explain_settings, slips_in
from langgraph_nas.datasets import dataset_names, known_name
from langgraph_nas.errors import UsageError
from langgraph_nas.runs.arguments import SearchArgs
from langgraph_nas.runs.embed import nas_node
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.session import (
    AnyPath,
    archive_path,
    summary_of,
)

_COUNT = re.compile(r"(-?\d+)\s+(?:iterations?|networks?|candidates?|trials?|rounds?)\b", re.I)
_FOLDER = re.compile(r"\bfolder:\S+")
_OBJECT = re.compile(r"\{.*\}", re.S)
_VERB = re.compile(
    r"\b(?:search|find|look|try|train|design|build|create|make|improve|optimi[sz]e)", re.I
)
_NOT = re.compile(
    r"\W*(?:please\s+|just\s+)*(?:do\s+not|do\s?n['’]?t|never|stop|cancel|abort)\b", re.I
)
"""How a text begins that asks for no search."""
_ALIKE = 0.8
"""From this similarity on a word is taken for a slip in the name of a data set."""
_THING = re.compile(r"\b(?:nets?|networks?|architectures?|models?|classifiers?|cnns?|nas)\b", re.I)

OFFER = (
    "I search for neural networks that classify the images of a data set, and can do nothing else. "
    'Say which data set and how many networks to try, e.g. "Try 5 networks on cifar10", or '
    '{"dataset": "cifar10", "iterations": 5}. There are: ' + ", ".join(dataset_names()) + "."
)


def nas_agent(
    *,
    name: str = "architecture_search",
    generator: str | BaseChatModel | None = None,
    improver: str | BaseChatModel | None = None,
    sandbox: str | Sandbox | None = None,
    config: SearchConfig | None = None,
    database: AnyPath | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return a compiled graph over messages that does one search, as the last message asks.

    It understands a JSON object with the keys of `SearchArgs`, and in plain words the name of a
    data set and how many networks to try; all else is as in `config`. A supervisor that hands
    over without a word of its own means what its user said last. Asked for anything else, it
    answers what it can do, and begins no search.

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
    place = archive_path(database)
    node = nas_node(
        generator=generator,
        improver=improver,
        sandbox=sandbox,
        config=config,
        database=database,
        settings=lambda asked: asked,
        update=lambda last: summary_of(last, place)["summary"],
    )

    def answer(state: MessagesState, config: RunnableConfig) -> MessagesState:
        try:
            return _say(node.invoke(_asked(state["messages"]), config), name)
        except UsageError as error:
            return _say(str(error), name)

    async def aanswer(state: MessagesState, config: RunnableConfig) -> MessagesState:
        try:
            return _say(await node.ainvoke(_asked(state["messages"]), config), name)
        except UsageError as error:
            return _say(str(error), name)

    graph = StateGraph(MessagesState)
    graph.add_node("search", RunnableLambda(answer, afunc=aanswer, name="search"))
    graph.add_edge(START, "search")
    graph.add_edge("search", END)
    return graph.compile(name=name)


def _asked(messages: Sequence[AnyMessage]) -> Mapping[str, Any]:
    """Return the settings that are asked for.

    Raises:
        UsageError: No search is.
    """
    asked, heard = wish(messages), _heard(messages)
    if any(map(_NOT.match, heard)) or (not asked and not any(map(wants_search, heard))):
        raise UsageError(OFFER)
    if "dataset" not in asked:
        for slip in filter(None, map(_slip_in, heard)):
            known_name(slip)  # raises, and says which it may be
    return asked


def _say(text: str, name: str) -> MessagesState:
    return {"messages": [AIMessage(text, name=name)]}


def wish(messages: Sequence[AnyMessage]) -> Mapping[str, Any]:
    """Return the settings that a conversation asks for now.

    These are those of its last message; where that asks for nothing, of the user's last one. What
    tools say is left out: a hand-over ends with one that says that it worked.
    """
    asked = (asked_for(text) for text in _heard(messages))
    return next(filter(None, asked), {})


def _heard(messages: Sequence[AnyMessage]) -> list[str]:
    """Return what was said last, and what the user said last."""
    said = [message for message in messages if not isinstance(message, ToolMessage)]
    by_user = [message for message in said if isinstance(message, HumanMessage)]
    return [message.text for message in (*said[-1:], *by_user[-1:])]


def wants_search(text: str) -> bool:
    """Return whether a text that names no setting asks for a search all the same.

    Example:
        >>> wants_search("Please find a good network."), wants_search("Will it rain tomorrow?")
        (True, False)
    """
    return bool(_VERB.search(text) and _THING.search(text))


def _slip_in(text: str) -> str | None:
    """Return the first word that is no data set, but almost the name of one."""
    names = dataset_names()[:-1]
    families = {name.rstrip("0123456789") for name in names}
    for word in re.findall(r"[a-z][\w-]{4,}", text.lower()):
        family = word.rstrip("0123456789")
        if get_close_matches(word, names, 1, _ALIKE) or (family != word and family in families):
            return str(word)
    return None


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
    """Return the settings that a message asks for.

    Raises:
        UsageError: It asks for what can't be had.
    """
    told = _object_in(text)
    if told is not None:
        return _checked(told)
    settings: dict[str, Any] = {}
    named = datasets_in(text)
    if folder := _FOLDER.search(text):
        named = [folder[0]]
    count, is_question = _COUNT.search(text), text.rstrip().endswith("?")
    if named and (count or not is_question or _VERB.search(text)):
        settings["dataset"] = named[0]
    if count and (settings or not is_question):
        settings["iterations"] = int(count[1])
    return _checked(settings)


def _checked(told: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return SearchArgs.model_validate(told).model_dump(exclude_none=True)
    except ValidationError as error:
        raise UsageError(explain_settings(error)) from error


def _object_in(text: str) -> dict[str, Any] | None:
    """Return the JSON object in a text, None if there is none or it has nothing of settings."""
    found = _OBJECT.search(text)
    try:
        told = json.loads(found[0]) if found else None
    except ValueError:  # braces in prose
        return None
    known = SearchArgs.model_fields
    if not isinstance(told, dict) or not (known.keys() & told.keys() or slips_in(told, known)):
        return None
    return told
