"""Human in the loop: a candidate or a new best is shown, and the reviewer decides.

`review` in the settings says when. The graph then pauses with an interrupt whose value is the
payload made here, and goes on with `Command(resume=answer)`. An answer is `"approve"`, or
`{"action": "reject", "reason": "..."}`, or, of a candidate, `{"action": "edit", "program": "..."}`.
Any other answer is asked for again, with what was wrong as `problem`.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, cast

from langgraph.types import interrupt

from langgraph_nas.state import Best, Evaluation, SearchState, Suggestion
from langgraph_nas.trials.answers import Action, Answer
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.divergence import check_decision, refusal
from langgraph_nas.trials.prompt_values import beats
from langgraph_nas.trials.trial import Trial, record

Kind = Literal["candidate", "new_best"]
ACTIONS: Mapping[Kind, tuple[Action, ...]] = {
    "candidate": ("approve", "reject", "edit"),
    "new_best": ("approve", "reject"),
}
_TRUE = (True, "yes", "y", "ok")


class Review(TypedDict):
    """What is shown; plain values."""

    kind: Kind
    search: str
    iteration: int
    program: str
    diff: str
    """Unified diff from the best network before it; empty if there is none."""
    suggestion: Suggestion | None
    """What the candidate was to do; None of a new best, and of the first candidate."""
    accuracy: float | None
    """Of a new best."""
    best: dict[str, Any] | None
    """Iteration and accuracy of the best before it."""
    actions: list[str]
    problem: str | None
    """What was wrong with the last answer."""


def review_candidate(state: SearchState, context: SearchContext) -> Answer | None:
    """Show the candidate before it is executed; None if nobody asked to see it."""
    program = state["candidate"]["code"]
    if context.config.review != "before_execute" or program is None:
        return None
    return _ask(_shown("candidate", program, state, suggestion=state.get("suggestion")), context)


def review_best(state: SearchState, context: SearchContext) -> Answer | None:
    """Show a trial that beats the best; None if it does not or nobody asked to see it."""
    evaluation, program, best = state["evaluation"], state["candidate"]["code"], state.get("best")
    is_asked = context.config.review == "on_new_best" and beats(evaluation, best)
    if not is_asked or program is None:
        return None
    return _ask(_shown("new_best", program, state, accuracy=evaluation["accuracy"]), context)


def decided(state: SearchState, context: SearchContext) -> Evaluation:
    """Return the outcome of the last trial: `rejected` if it beats the best and is refused.

    Raises:
        Forked: The search has gone on from another decision.
    """
    evaluation = state["evaluation"]
    answer = review_best(state, context)
    if answer is None:
        return evaluation
    if answer["action"] == "reject":
        message = f"refused after it was trained: {answer['reason']}"
        evaluation = {**evaluation, "outcome": "rejected", "message": message}
    recorded = context.archive.find_trial(state["search"], state["iteration"])
    if recorded is not None and refusal(recorded) != refusal(evaluation):
        check_decision(state, context)
        record(Trial(state["candidate"], evaluation), state, context)
    return evaluation


def _shown(
    kind: Kind,
    program: str,
    state: SearchState,
    *,
    suggestion: Suggestion | None = None,
    accuracy: float | None = None,
) -> Review:
    best = state.get("best")
    return Review(
        kind=kind,
        search=state["search"],
        iteration=state["iteration"],
        program=program,
        diff=diff_of(best["code"] if best else None, program),
        suggestion=suggestion,
        accuracy=accuracy,
        best=_score(best),
        actions=list(ACTIONS[kind]),
        problem=None,
    )


def diff_of(before: str | None, after: str) -> str:
    """Return a unified diff of two programs, empty if there is no first one."""
    if before is None:
        return ""
    lines = difflib.unified_diff(_lines(before), _lines(after), "best", "candidate", lineterm="")
    return "\n".join(lines)


def _lines(program: str) -> list[str]:
    return program.removesuffix("\n").split("\n")


def read_answer(value: Any, actions: Sequence[str]) -> Answer | str:
    """Return what was decided, or what is wrong with the answer."""
    said = value if isinstance(value, Mapping) else {"action": value}
    action = "approve" if said.get("action") in _TRUE else said.get("action")
    if action not in actions:
        return f"the answer must be one of {', '.join(actions)}, not {action!r:.60}"
    program, reason = said.get("program"), said.get("reason")
    if action == "edit" and not (isinstance(program, str) and program.strip()):
        return "an edit needs the whole program as `program`"
    if action == "reject" and not (isinstance(reason, str) and reason.strip()):
        return "a rejection needs a `reason`: it is what the search learns from it"
    decided = cast(Action, action)
    return Answer(action=decided, reason=str(reason or ""), program=str(program or ""))


def _ask(shown: Review, context: SearchContext) -> Answer:
    """Return the answer; a search that forks in this node does not ask twice."""
    if context.answers:
        return context.answers[-1]
    while isinstance(answer := read_answer(interrupt(shown), shown["actions"]), str):
        shown = {**shown, "problem": answer}
    if context.may_fork:
        context.answers.append(answer)
    return answer


def _score(best: Best | None) -> dict[str, Any] | None:
    return {"iteration": best["iteration"], "accuracy": best["accuracy"]} if best else None
