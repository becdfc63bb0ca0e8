"""A search that gets no further is widened."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox, ScriptedChatModel, program
from fakes.context import fake_context
from fakes.loop import prompts_of, run
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import Field

from langgraph_nas.config import Learning
from langgraph_nas.llm import Sampling, open_role
from langgraph_nas.methods.exploration import widening


def searched(folder: Path, outcomes: list[Any], **settings: Any) -> Any:
    def write(prompt: str, number: int) -> str:
        return f"```python\n{program(outcomes[number], number + 1)}```"

    settings = {"iterations": len(outcomes), **settings}
    context = fake_context(folder, write, sandbox=FakeSandbox(), **settings)
    return context, run(context)


def test_every_second_round_without_a_better_score_is_widened(tmp_path: Path) -> None:
    outcomes = [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3, 0.3]
    context, last = searched(tmp_path, outcomes, widen_after=2)
    moves = [(triple["move"], triple["why"]) for triple in context.archive.triples("s")]
    assert [move for move, _ in moves] == [
        *(None, None, "explore", None, "elite", None, "temperature", None)
    ]
    assert moves[2][1] == "2 rounds without a better score"
    prompts = prompts_of(context, "generator")
    assert "another structure" in prompts[3]
    assert program(0.8, 1) in prompts[3]
    # The reference of round 6 is the second best.
    assert program(0.7, 2) in prompts[5]
    assert program(0.8, 1) not in prompts[5]
    assert "trial 2, accuracy 0.7000" in prompts[5]
    assert last["stagnation"] == {"rounds": 7, "failures": 0, "moves": 3}


def test_a_better_score_ends_it(tmp_path: Path) -> None:
    context, last = searched(tmp_path, [0.5, 0.4, 0.4, 0.9, 0.8], widen_after=2)
    assert [triple["move"] for triple in context.archive.triples("s")] == [
        *(None, None, "explore", None, None)
    ]
    assert last["stagnation"]["rounds"] == 1


def test_failures_in_a_row_widen_too(tmp_path: Path) -> None:
    context, _ = searched(tmp_path, [0.5, "timeout", "forward_error", 0.4], widen_after_failures=2)
    triples = context.archive.triples("s")
    assert [triple["move"] for triple in triples] == [None, None, "explore", None]
    assert triples[2]["why"] == "2 failures in a row"


def test_lessons_tell_that_a_round_was_widened(tmp_path: Path) -> None:
    outcomes = [0.75, 0.5, 0.5, 0.25]
    context, _ = searched(tmp_path, outcomes, widen_after=2, rich_lessons=True)
    said = prompts_of(context, "improver")[3]
    assert "Outcome of the next trial: accuracy 0.2500, 0.5000 below the best" in said
    assert "The next trial was to leave that line." in said


class Thermometer(ScriptedChatModel):
    """Notes the temperature of each call."""

    temperature: float = 0.7
    seen: list[float] = Field(default_factory=list)

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self.seen.append(self.temperature)
        return super()._generate(messages, *args, **kwargs)


def test_a_warmer_round_is_sampled_at_a_higher_temperature(tmp_path: Path) -> None:
    outcomes = [0.8, *[0.1] * 7]
    model = Thermometer(answer=lambda p, n: f"```python\n{program(outcomes[n], n + 1)}```")
    context = fake_context(tmp_path, lambda p, n: "", iterations=8, widen_after=2)
    role = open_role("generator", model, Sampling.of(context.config))
    run(replace(context, generator=role))
    assert model.seen == pytest.approx([0.7] * 7 + [1.05])


def test_without_a_second_network_there_is_no_other_elite() -> None:
    learning = Learning(True, True, True, 1, 1, 0, False)
    moves = [
        widening({"rounds": 1, "failures": 0, "moves": moves}, learning, networks=1)
        for moves in range(4)
    ]
    assert [move and move.move for move in moves] == [
        *("explore", "temperature", "explore", "temperature")
    ]


def test_failures_and_rounds_together_widen_every_second_round(tmp_path: Path) -> None:
    outcomes = [0.8, 0.7, *["timeout"] * 7]
    context, _ = searched(tmp_path, outcomes, widen_after=3, widen_after_failures=3)
    moves = [triple["move"] is not None for triple in context.archive.triples("s")]
    assert moves == [False, False, False, True, False, True, False, True, False]


def test_where_no_reference_is_shown_none_is_changed(tmp_path: Path) -> None:
    outcomes = [0.8, 0.7, 0.6, 0.5, 0.4]
    context, _ = searched(tmp_path, outcomes, widen_after=1, method="no_reference")
    moves = {triple["move"] for triple in context.archive.triples("s")}
    assert moves == {None, "explore", "temperature"}
