"""Replies that are empty or cut: what is said of them, and what is still read in them."""

from dataclasses import replace
from typing import Any

import pytest
from fakes import program

from langgraph_nas.config import SearchConfig
from langgraph_nas.errors import EmptyRepliesError
from langgraph_nas.llm import Reply
from langgraph_nas.prompts import load_templates, read_suggestion
from langgraph_nas.spaces.programs import read_program
from langgraph_nas.state import Candidate
from langgraph_nas.trials.reading import read_candidate
from langgraph_nas.trials.shortcomings import EmptyReplies, shortcoming

CONFIG, ECHOES = SearchConfig(), load_templates().echoes
WHOLE = Reply("a reply", 10, 5, 0.25, "ollama:m", cut=False, thought=0)
NET = program(0.5)


def _reply(text: str, why: Any = None, thought: int | None = 0, tokens: int | None = 2048) -> Reply:
    cut = why is not None
    return replace(WHOLE, text=text, cut=cut, why_cut=why, thought=thought, reply_tokens=tokens)


def _read(text: str) -> Candidate:
    return read_program(text, ECHOES)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (WHOLE, None),
        (_reply("", "limit", 900), "the reply was empty: all 2,048 tokens went into thoughts"),
        (_reply("<think>hm", "limit"), "the reply was empty: all 2,048 tokens went into thoughts"),
        (_reply("[THINK]hm", None, 0, None), "the reply was empty: all of it went into thoughts"),
        (
            _reply("", "limit"),
            "the reply was empty: all 2,048 tokens went into something else, most likely thoughts",
        ),
        (_reply("  \n"), "the reply was empty"),
        (
            _reply("", "time", 900, None),
            "the reply was empty: after 600 s there were only thoughts",
        ),
        (_reply("class Net", "limit"), "the reply was cut at 2,048 tokens"),
        (_reply("class Net", "time"), "the reply was cut after 600 s"),
        (_reply("  \n" * 15, "repeated"), "the server ended it: it repeated itself"),
        (_reply("", "repeated"), "the server ended it: it repeated itself"),
        (
            _reply("x" * 99, "long"),
            "the reply was cut: it was longer than 2,048 tokens can be",
        ),
        (_reply("", "limit", None), None),
    ],
)
def test_it_is_said_in_words(reply: Reply, words: str | None) -> None:
    assert shortcoming(reply, CONFIG) == words


@pytest.mark.parametrize("why", ["repeated", "unfinished", "time", "limit", "long"])
@pytest.mark.parametrize(
    "end",
    [
        "    \n" * 15,
        "\nnet = Net()\nprint(net(to",
        "\n1" + "0" * 31,
        "\n# " + "- " * 40,
        "",
        "```\nIt has " + "very " * 30,
    ],
)
def test_the_finished_part_of_a_cut_reply_is_a_program(why: str, end: str) -> None:
    candidate = read_candidate(_reply(f"```python\n{NET}{end}", why), _read, CONFIG)
    code = candidate["code"] or ""
    assert code.startswith(NET)
    assert set(code.removeprefix(NET).strip()) <= set("net = Net()#")
    assert candidate["program_hash"] == _read(code)["program_hash"]
    assert candidate["problem"] == shortcoming(_reply("x", why), CONFIG)


UNFINISHED = NET[: NET.index("return")]


@pytest.mark.parametrize("why", ["repeated", "unfinished"])
@pytest.mark.parametrize("end", ["    \n" * 15, "x = 1" + "0" * 31, "y = (" + "( " * 31])
def test_a_program_that_the_server_ended_in_the_middle_is_none(why: str, end: str) -> None:
    reply = _reply(f"```python\n{UNFINISHED}{end}", why)
    candidate = read_candidate(reply, _read, CONFIG)
    assert candidate["code"] is None
    assert (candidate["problem"] or "").startswith("the server ended it")


def test_a_program_cut_at_its_limit_fails_as_it_is_and_why_is_told() -> None:
    reply = _reply(f"```python\n{UNFINISHED}return (x", "limit")
    candidate = read_candidate(reply, _read, CONFIG)
    assert candidate["code"] is not None
    assert candidate["program_hash"] is None
    assert candidate["problem"] == "the reply was cut at 2,048 tokens"


def test_no_program_is_taken_from_a_thought_that_was_cut() -> None:
    reply = _reply(f"<think>Maybe\n```python\n{NET}```\nis too", "limit")
    candidate = read_candidate(reply, _read, CONFIG)
    assert candidate["code"] is None
    assert candidate["problem"] == "the reply was empty: all 2,048 tokens went into thoughts"


G, IMPROVER = "generator", "improver"
EMPTY, REPEATED = _reply("", "limit", 900), _reply(" " * 40, "repeated")
LIMITED, LATE = _reply("class Net", "limit"), _reply("class Net", "time")
READ = replace(REPEATED, text=f"```python\n{NET}```" + " " * 40)


def _stopped_at(replies: list[tuple[str, Reply]], config: SearchConfig) -> int | None:
    """Return the number of the reply, from 1, at which the search stops."""
    empties = EmptyReplies()
    for number, (role, reply) in enumerate(replies, start=1):
        try:
            empties.take(role, reply, _found(role, reply), config)
        except EmptyRepliesError:
            return number
    return None


def _found(role: str, reply: Reply) -> Any:
    return read_suggestion(reply.text) if role == IMPROVER else read_candidate(reply, _read, CONFIG)


@pytest.mark.parametrize(
    ("replies", "most", "stops"),
    [
        ([(G, EMPTY)] * 9, 5, 5),
        ([(G, EMPTY)] * 9, 1, 1),
        ([(G, EMPTY)] * 9, 0, None),
        ([(G, WHOLE), (IMPROVER, EMPTY)] * 9, 3, 6),
        ([(G, EMPTY), (IMPROVER, EMPTY)] * 9, 5, 5),
        ([(G, EMPTY)] * 4 + [(G, WHOLE)] + [(G, EMPTY)] * 4, 5, None),
        ([(G, REPEATED)] * 9, 5, 5),
        ([(G, REPEATED), (IMPROVER, REPEATED)] * 9, 5, 5),
        ([(G, REPEATED)] * 4 + [(G, READ)] + [(G, REPEATED)] * 4, 5, None),
        ([(G, READ), (IMPROVER, REPEATED)] * 9, 5, 10),
        ([(G, REPEATED), (G, EMPTY), (G, REPEATED)], 3, 3),
        ([(G, _reply("It has no program."))] * 9, 5, None),
        ([(G, LIMITED), (IMPROVER, LATE)] * 9, 5, 10),
    ],
)
def test_so_many_in_a_row_stop_the_search(
    replies: list[tuple[str, Reply]], most: int, stops: int | None
) -> None:
    assert _stopped_at(replies, SearchConfig(empty_replies=most)) == stops


@pytest.mark.parametrize(
    ("model", "reply", "think", "instead"),
    [
        ("ollama:m", EMPTY, "auto", {"think": "off"}),
        ("ollama:m", EMPTY, "off", {"reply_tokens": 4096}),
        ("openai:m@http://x/v1", EMPTY, "auto", {"reply_tokens": 4096}),
        ("openai:m@http://x/v1", _reply(""), "auto", {}),
        ("ollama:m", REPEATED, "auto", {}),
        ("ollama:m", replace(REPEATED, thought=900, text=""), "auto", {"think": "off"}),
        ("ollama:m", _reply('{"problem": ', "limit"), "auto", {"reply_tokens": 4096}),
        ("ollama:m", _reply('{"problem": ', "time"), "auto", {"llm_timeout": 1200}),
        ("ollama:m", _reply("x" * 99, "long"), "auto", {}),
    ],
)
def test_the_settings_that_may_help_are_named(
    model: str, reply: Reply, think: Any, instead: dict[str, Any]
) -> None:
    empties, told = EmptyReplies(), replace(reply, model=model)
    config = SearchConfig(empty_replies=2, think=think)
    empties.take(IMPROVER, told, None, config)
    with pytest.raises(EmptyRepliesError, match="2 replies in a row .*resume") as caught:
        empties.take(IMPROVER, told, None, config)
    assert shortcoming(told, CONFIG) in str(caught.value)
    assert caught.value.instead == instead
    assert caught.value.exit_code == 3
    empties.take(IMPROVER, told, None, config)  # it counts anew
