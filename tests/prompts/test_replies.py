"""Reading an improver's messy reply."""

import json

import pytest

from langgraph_nas.prompts import read_diagnosis, read_json, read_suggestion

WANTED = {"problem": "too small", "inspiration": "ResNet", "modification": "add a block"}
PLAIN = '{"problem": "too small", "inspiration": "ResNet", "modification": "add a block"}'

REPLIES = {
    "plain": PLAIN,
    "fenced": f"```json\n{PLAIN}\n```",
    "fenced in capitals": f"```JSON\n{PLAIN}\n```",
    "prose around": f"Let me think. {PLAIN} Hope this helps!",
    "braces in the prose": f"A set {{a, b}} of ideas: {PLAIN}",
    "thoughts first": f'<think>{{"problem": "x", "modification": "y"}}</think>{PLAIN}',
    "thoughts that only close": f'{{"modification": "no"}}</think>\n{PLAIN}',
    "trailing comma": PLAIN.replace("}", ",}"),
    "single quotes": PLAIN.replace('"', "'"),
    "never closed": PLAIN.removesuffix("}"),
    "fence never closed": f"```json\n{PLAIN}",
    "comments": PLAIN.replace(', "insp', ', // why\n"insp'),
    "other names": '{"reason": "too small", "idea": "ResNet", "suggestions": "add a block"}',
    "names in capitals": PLAIN.replace("problem", "Problem").replace("modif", "Modif"),
    "a list of changes": PLAIN.replace('"add a block"', '["add a block"]'),
    "nested": f'{{"answer": {PLAIN}}}',
    "an array of one": f"[{PLAIN}]",
    "two objects, the last counts": f'{{"modification": "old"}} or better {PLAIN}',
    "an object in code after it": f"{PLAIN}\n```python\ncfg = {{'a': 1}}\n```",
    "brackets in code after it": f"{PLAIN}\n```python\nlayers = [nn.Conv2d(3, 32, 3)]\n```",
    "code in a fence of its own": f'```json\n{PLAIN}\n```\n```\ncfg = {{"a": 1}}\n```',
    "labelled lines": "Problem: too small\nInspiration: ResNet\nModification: add a block",
    "markdown labels": "**Problem:** too small\n- **Idea**: ResNet\n## Suggestion: add a\nblock",
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_the_suggestion_is_read_from(reply: str) -> None:
    assert read_suggestion(reply) == WANTED


def test_code_within_the_suggestion_is_part_of_it() -> None:
    change = "Use ```python\nself.net = nn.Sequential(*[Block() for _ in range(3)])\n``` instead"
    found = read_suggestion(json.dumps({"problem": "p", "modification": change}))
    assert found is not None
    assert found["modification"] == " ".join(change.split())


def test_a_list_where_a_string_was_asked_for_is_joined() -> None:
    reply = '{"problem": ["a", "b"], "modification": ["wider", {"kernel": 5}, null]}'

    assert read_suggestion(reply) == {
        "problem": "a; b",
        "inspiration": "",
        "modification": "wider; kernel: 5",
    }


@pytest.mark.parametrize(
    "reply",
    ["", "no idea", "{}", "[]", '{"problem": "x"}', '{"modification": ""}', "<think>problem: x"],
)
def test_a_reply_without_a_change_gives_none(reply: str) -> None:
    assert read_suggestion(reply) is None


def test_a_choice_must_be_one_of_those_offered() -> None:
    offered = (("too_small", "weak_head"), ("wider", "deeper"))

    assert read_diagnosis('{"diagnosis": "too small", "change": "Deeper"}', *offered) == (
        "too_small",
        "deeper",
    )
    assert read_diagnosis('{"diagnosis": "too_small", "change": "bigger"}', *offered) is None
    assert read_diagnosis('{"diagnosis": "too_small"}', *offered) is None
    assert read_diagnosis("deeper", *offered) is None


def test_a_cut_list_keeps_what_was_whole() -> None:
    assert read_json('{"layers": ["conv 32 3 relu", "maxpool"')["layers"][:2] == [
        "conv 32 3 relu",
        "maxpool",
    ]
