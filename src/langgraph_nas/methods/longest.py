"""The prompts of a search at their longest: what a budget of tokens must have room for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

from langgraph_nas.evaluation import failure
from langgraph_nas.llm import Role
from langgraph_nas.llm.tokens import estimate_tokens
from langgraph_nas.methods.advice import advice_parts
from langgraph_nas.methods.proposal import candidate_parts
from langgraph_nas.outcomes import Outcome
from langgraph_nas.prompts import Parts, shortest
from langgraph_nas.spaces.blocks.grammar import MAX_BLOCKS
from langgraph_nas.state import (
    Best,
    Candidate,
    Evaluation,
    SearchState,
    Suggestion,
    Triple,
)
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.front import SHOWN
from langgraph_nas.trials.repair import repair_parts
from langgraph_nas.trials.trial import Trial

COUNTED = 5
"""Prompts whose tokens the model itself counts, which takes milliseconds each."""
ROTATIONS = 16
"""Iterations after which examples of base models have all been shown."""

LAST = 10_000
"""A number of an iteration that is as long as any."""
LINES = 40
CODE = "        self.layer_1 = nn.Conv2d(16, 32, kernel_size=3, padding=1)\n" * LINES
WORDS = "The network loses detail, as conv2 pools its maps to 4x4 too early. " * LINES
BLOCKS = [*["conv 256 3 leaky group"] * MAX_BLOCKS, "head flat 256"]
ACCURACY = 0.8888
FAILED: Outcome = "forward_error"


@dataclass(frozen=True)
class Need:
    """The tokens that a prompt of a role needs."""

    role: Role
    template: str
    tokens: int
    """With these it always fits, and shows of its texts what matters most."""


def needs(context: SearchContext) -> list[Need]:
    """Return what the longest prompt of each role needs; nothing of a role that is never asked."""
    prompts = {"generator": _of_generator, "improver": _of_improver}
    return [
        _most(context.role(name), prompts[name](context), context) for name in context.method.roles
    ]


def _with_front(parts: Parts, context: SearchContext) -> Parts:
    """Return a prompt with as long a text on the front as there may be, with several objectives."""
    values = parts["values"]
    if len(context.config.goals) == 1 or "best_result" not in values:
        return parts
    member = f"trial {LAST} ({'macs 999,999,999, ' * len(context.config.goals)})"
    spec = "" if context.space.is_text else str(values.get("best_layers", ""))
    front = f"{values['best_result']} {WORDS[:200]} {(SHOWN + 1) * (member + spec)}"
    return {**parts, "values": {**values, "best_result": front}}


def _most(role: Role, prompts: Iterator[Parts], context: SearchContext) -> Need:
    texts = {
        text: parts["name"]
        for parts in prompts
        for text in shortest(context.templates, _with_front(parts, context), bare=role.completion)
    }
    likely = sorted(texts, key=estimate_tokens)[-COUNTED:]
    return max(
        (Need(role, texts[text], role.count_tokens(text)) for text in likely),
        key=lambda need: need.tokens,
    )


def _of_generator(context: SearchContext) -> Iterator[Parts]:
    config = context.config
    may_ask_again = config.learning.reasks or config.on_near_duplicate == "ask-again"
    note = WORDS if may_ask_again and context.space.is_text else ""
    afresh = context.templates.phrase(context.space.afresh)
    yield candidate_parts({"search": ""}, context, note)
    for iteration, change in product(_shown(context.generator), (WORDS, afresh)):
        state = _state(context, iteration, FAILED, change)
        yield candidate_parts(state, context, note)
        yield candidate_parts({**state, "best": None}, context, note)
        if config.repairs and context.space.is_text:
            yield repair_parts(Trial(state["candidate"], state["evaluation"]), context)


def _of_improver(context: SearchContext) -> Iterator[Parts]:
    learning = context.config.learning
    note = WORDS if learning.reasks or learning.redirect else ""
    kinds = product(_shown(context.improver), ("ok", FAILED))
    # The diagnoses to choose from are others after each outcome.
    outcomes = get_args(Outcome) if context.improver_form == "choices" else ()
    offered = [(LAST, outcome) for outcome in outcomes]
    for iteration, outcome in (*kinds, *offered):
        state = _state(context, iteration, outcome, WORDS)
        yield advice_parts(state, context, note)
        yield advice_parts({**state, "best": None}, context, note)


def _shown(role: Role) -> Sequence[int]:
    """Return iterations whose prompts differ in more than their number."""
    return range(LAST, LAST + ROTATIONS) if role.completion else [LAST]


def _state(context: SearchContext, iteration: int, outcome: Outcome, change: str) -> SearchState:
    lesson = Triple(iteration=iteration, problem=WORDS, suggestion=WORDS, outcome=WORDS)
    return SearchState(
        search="",  # of which nothing is recorded
        iteration=iteration,
        candidate=Candidate(
            code=CODE, spec=BLOCKS, form="code", program_hash=None, problem=None, source="llm"
        ),
        evaluation=_evaluation(outcome),
        suggestion=Suggestion(
            problem=WORDS, inspiration=WORDS, modification=change, source="llm", gist=WORDS
        ),
        memory=[lesson] * context.config.memory,
        pending={**lesson, "outcome": None},
        best=Best(iteration=iteration, accuracy=ACCURACY, code=CODE, spec=BLOCKS),
    )


def _evaluation(outcome: Outcome) -> Evaluation:
    found = failure(outcome, "forward", WORDS, line=WORDS, line_number=LINES, same_as=LINES)
    return {**found, "accuracy": ACCURACY, "module": WORDS, "shapes": [WORDS]}
