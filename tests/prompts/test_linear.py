"""Reading a reply takes work that grows with its length and no faster; depth is no crash."""

import ast
import json
import time
from collections.abc import Callable

import pytest

from langgraph_nas.programs import check_program, program_hash
from langgraph_nas.programs.edits import apply_reply
from langgraph_nas.programs.novelty import shingles
from langgraph_nas.prompts import (
    explain_unread,
    find_finished_program,
    find_program,
    read_diagnosis,
    read_json,
    read_suggestion,
)

NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(x.flatten(1))
"""
PROSE = "It's a net (of mine), isn't it? So, to go on: we don't stop.\n"


def _nest(n: int) -> str:
    return "".join(" " * min(i, 90) + "if x:\n" for i in range(n))


REPLIES: dict[str, Callable[[int], str]] = {
    "prose after an open program": lambda n: NET + PROSE * n,
    "prose without quotes": lambda n: NET + "Well then (and so on\n" * n,
    "an open program of many lines": lambda n: NET + "        x = x + 1\n" * n + "oops here\n",
    "loose decorators": lambda n: NET + "@a\n" * n + "prose here\n",
    "open blocks": lambda n: NET + _nest(n),
    "many fences": lambda n: f"```python\n{NET}```\n" * n,
    "many broken programs": lambda n: "```python\nclass Net(nn.Module:\n```\n" * n,
    "a fence never closed": lambda n: f"```python\n{NET}" + PROSE * n,
    "marks in a program": lambda n: f"```python\n{NET}" + "x = '```' if ~~~1 else\n" * n,
    "many helpers": lambda n: "```python\nclass A: pass\n```\n" * n + f"```python\n{NET}```",
    "thoughts": lambda n: "<think>a</think>" * n + NET,
}


class Counting:
    """Stands for `ast.parse` and counts the characters that are given to it."""

    def __init__(self) -> None:
        self.characters = 0
        self._parse = ast.parse

    def __call__(self, text: str) -> ast.Module:
        self.characters += len(text)
        return self._parse(text)


@pytest.mark.parametrize("make", REPLIES.values(), ids=REPLIES)
def test_no_more_is_parsed_than_a_few_times_the_reply(
    make: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = Counting()
    monkeypatch.setattr("langgraph_nas.prompts.python_text.ast.parse", counting)
    for n in (25, 100, 400):
        counting.characters = 0
        reply = make(n)
        assert find_program(reply) is not None
        assert counting.characters <= 60 * len(reply)


def test_prose_is_cut_off_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    monkeypatch.setattr("langgraph_nas.prompts.python_text.ast.parse", counting)
    reply = NET + PROSE * 1000
    assert find_program(reply) == NET
    assert counting.characters <= 4 * len(reply)


CUT: dict[str, Callable[[int], str]] = {
    "in the middle of `__init__`": lambda n: NET.partition("    def forward")[0] + LAYER * n,
    "in a call": lambda n: NET.partition("    def forward")[0] + LAYER * n + "        self.x = f(",
    "in `forward`": lambda n: NET.rpartition("        return")[0] + "        x = x + 1\n" * n,
    "in a fence": lambda n: f"```python\n{NET.rpartition('return')[0]}" + "x = (x,\n" * n,
    "in a second program": lambda n: NET + NET.rpartition("        return")[0] + LAYER * n,
    "in brackets that stay open": lambda n: NET + "x = (\n" * n,
}
LAYER = "        self.l = nn.Linear(64, 10)\n"


@pytest.mark.parametrize("make", CUT.values(), ids=CUT)
def test_no_more_of_a_cut_program_is_parsed_than_a_few_times(
    make: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """4,000 lines took 5 s, as each of the last 60 was tried."""
    counting = Counting()
    monkeypatch.setattr("langgraph_nas.prompts.python_text.ast.parse", counting)
    for n in (25, 400):
        counting.characters = 0
        reply = make(n)
        find_finished_program(reply)
        assert counting.characters <= 60 * len(reply)
    reply = CUT["in the middle of `__init__`"](400)
    counting.characters = 0
    find_finished_program(reply)
    assert counting.characters <= 5 * len(reply)


HOSTILE = {
    "one long line": "x = " + "1 + " * 12_000 + "1",
    "one long name": "```" + "a" * 120_000,
    "blanks after a fence": "```" + " " * 120_000 + "x",
    "backticks": "`" * 120_000,
    "open brackets": "(" * 120_000,
    "open braces": "{" * 20_000,
    "open objects": '{"a":' * 20_000,
    "open arrays": "[" * 20_000,
    "deep arrays": "[" * 9_000 + "]" * 9_000,
    "deep objects": '{"a":' * 900 + "1" + "}" * 900,
    "a deep change": '{"modification":' * 950 + '"x"' + "}" * 950,
    "minus signs": f"{NET}\nx = " + "-" * 60_000 + "1",
    "an open string": '{"modification": "' + "a " * 60_000,
    "many quotes": '{"modification": ' + '"' * 2_000,
    "null bytes": NET + "\0" * 60_000,
    "half a surrogate pair": NET + "\ud800",
    "channels": "<|channel|>" * 10_000,
    "a channel's long name": "<|channel|>" + "a" * 120_000,
    "a channel's blanks": "<|start|>" + " " * 120_000 + "<|channel|>" + " " * 120_000,
    "marks at the end": "<|end|>" * 17_000 + "x",
    "open thoughts": "<think" * 20_000,
    "labels": "problem: x\n" * 10_000,
    "stars": "*" * 120_000 + "problem",
    "a heading of a hunk": "@@ class A" + " " * 20_000 + "x\n+a",
    "search marks": "<<<<<<< SEARCH\n" * 5_000,
    "equal blocks": ("<<<<<<< SEARCH\n" + "x\n" * 190 + "=======\n" + "x\ny\n" * 95) * 20,
}


@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE)
def test_no_reply_takes_long_or_raises(reply: str) -> None:
    started = time.process_time()
    program = find_program(reply)
    if program is not None:
        check_program(program)
        program_hash(program)
        shingles(program)
    read_suggestion(reply)
    read_diagnosis(reply, ["a"], ["b"])
    explain_unread(reply)
    json.dumps(read_json(reply) if "deep" not in reply[:9] else "")[:1]
    apply_reply(reply, NET)
    # The slowest takes 2 s here. What it guards against takes minutes.
    assert time.process_time() - started < 20
