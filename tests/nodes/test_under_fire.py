"""Whatever the improver and the generator write, no outcome is lost and no prompt too long."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from fakes import program
from fakes.context import fake_context
from fakes.loop import run

pytestmark = pytest.mark.slow

ROUNDS = 208
BUDGET = 1500
OUTCOMES: list[Any] = [0.25, "forward_error", 0.5, "timeout", 0.75, "out_of_memory", "build_error"]


def _advice(modification: str, **more: str) -> str:
    return json.dumps({"problem": "p", "inspiration": "i", "modification": modification} | more)


HUGE = "Make every layer twice as wide and then wider still. " * 4000
IMPROVER = [
    _advice("Use a residual block."),
    "",
    "   \n\n",
    "I would make it deeper.",
    '{"problem": "unclosed", "modification": "add a',
    "{" * 3000,
    "<think>" * 5000,
    "<think>hm</think>" + _advice("Pool later."),
    _advice(HUGE, gist=HUGE),
    HUGE,
    _advice("加深网络，使用残差连接。"),
    _advice("Сделайте сеть глубже и шире."),
    "```json\n" + _advice("Use larger kernels.") + "\n```",
    _advice("Use a residual block."),  # again and again
    "\x00\x07\u202e" + _advice("\ud83d\ude00 Add attention."),
    json.dumps([1, 2, 3]),
    json.dumps({"modification": {"a": ["b", {"c": "d"}]}, "problem": 7}),
    "null",
    '{"modification": ""}',
    "Problem: too small\nModification: go wider",
]
WRAPPED = [
    "```python\n{}```",
    "Here it is.\n\nfrom torch import nn\n{}",
    "<think>" + "x" * 5000 + "</think>\n```\n{}```",
    "Sorry, I can't do that.",
    "",
    "```python\nclass Net(\n```",
    "```python\n" + "# " + "y" * 60_000 + "\n{}```",
    "```python\n{}```\nEs tut mir leid." + "z" * 20_000,
]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"rich_lessons": True, "redirect": True, "reasks": 1, "widen_after": 4, "repairs": 1},
    ],
    ids=["as the paper", "learning"],
)
def test_no_outcome_is_lost_and_no_prompt_exceeds_its_budget(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    rng = random.Random(3)

    def write(prompt: str, number: int) -> str:
        text = program(rng.choice(OUTCOMES), number % 60 + 1)  # one in four was there before
        return rng.choice(WRAPPED).replace("{}", text)

    def advise(prompt: str, number: int) -> str:
        return IMPROVER[number % len(IMPROVER)]

    fixed = {"iterations": ROUNDS, "prompt_tokens": BUDGET, "empty_replies": 0}
    context = fake_context(tmp_path, write, advise, **fixed, **settings)
    last = run(context)
    trials, triples = context.archive.trials("s"), context.archive.triples("s")
    assert [trial["iteration"] for trial in trials] == list(range(1, ROUNDS + 1))
    assert len({trial["outcome"] for trial in trials}) >= 6
    # Each triple but the last is closed by the trial after it.
    assert len(triples) == ROUNDS
    for triple, after in zip(triples[:-1], trials[1:], strict=True):
        assert _is_told(after, triple["outcome"] or ""), (after["outcome"], triple["outcome"])
    assert triples[-1]["outcome"] is None
    assert [triple["iteration"] for triple in last["memory"]] == list(range(ROUNDS - 5, ROUNDS))
    assert all(len(triple["suggestion"]) <= 400 for triple in triples)
    calls = context.archive.calls("s")
    assert len(calls) >= 2 * ROUNDS
    counts = [context.improver.count_tokens(call["prompt"]) for call in calls]
    assert max(counts) <= BUDGET
    assert max(counts) > BUDGET * 0.8  # it was full at times


def _is_told(trial: Any, outcome: str) -> bool:
    if trial["outcome"] == "ok":
        return f"accuracy {trial['accuracy']:.4f}" in outcome
    if trial["outcome"] == "duplicate":
        return f"the same network as trial {trial['same_as']}" in outcome
    return trial["outcome"] in outcome
