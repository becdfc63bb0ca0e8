"""Node `execute`: find out what becomes of the candidate, and book the trial.

Reads `search`, `iteration`, `candidate`, `best`, `suggestion`. Writes `evaluation`, and
`candidate` if somebody edited it.
"""

from collections.abc import Generator
from typing import Any

from langgraph.runtime import Runtime

from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import failure
from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.forks import check_trial
from langgraph_nas.nodes.proposals import user_candidate
from langgraph_nas.nodes.review import review_candidate
from langgraph_nas.nodes.steps import Evaluate, MakeRoom, Request, Steps, arun, emit, run
from langgraph_nas.nodes.twins import (
    duplicate_of,
    evaluation_of,
    find_elsewhere,
    find_twin,
    result_of,
)
from langgraph_nas.nodes.wording import beats
from langgraph_nas.programs import check_program
from langgraph_nas.state import Evaluation, SearchState


def execute(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Evaluate the candidate: known already, or trained in the sandbox and scored on the host.

    What the candidate does wrong is its outcome. Run again after a crash, it takes the outcome
    that was booked, and else evaluates anew. With `review` it begins with an interrupt.

    Raises:
        UsageError: The user's own start program does not train.
        SandboxError: The sandbox itself failed, after its retries.
    """
    return run(_steps(state, runtime.context), runtime.context)


async def aexecute(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Async twin of `execute`; cancelling it kills the candidate."""
    return await arun(_steps(state, runtime.context), runtime.context)


def _steps(state: SearchState, context: SearchContext) -> Steps:
    update, answer = SearchState(), review_candidate(state, context)
    if answer is not None and answer["action"] == "edit":
        update = {"candidate": user_candidate(answer["program"])}
        state = {**state, **update}
    check_trial(state, context)
    evaluation = booked_outcome(state, context)
    if evaluation is None:
        if answer is not None and answer["action"] == "reject":
            evaluation = rejected(answer["reason"])
        else:
            evaluation = yield from _try(state, context)
        _book(state, evaluation, context)
    _announce(state, evaluation)
    return {**update, "evaluation": evaluation}


def _try(state: SearchState, context: SearchContext) -> Generator[Request, Any, Evaluation]:
    """Return what becomes of the candidate."""
    candidate, iteration = state["candidate"], state["iteration"]
    evaluation = known_outcome(state, context)
    if evaluation is None:
        assert candidate["code"] is not None
        # What fails already as a text never reaches the GPU.
        if context.makes_room and check_program(candidate["code"]) is None:
            yield MakeRoom(iteration)
        evaluation = yield Evaluate(candidate["code"], iteration)
    is_start = (candidate["source"], candidate["code"]) == ("user", context.config.start_program)
    if is_start and evaluation["outcome"] != "ok":
        raise UsageError(
            f"the start program fails at {evaluation['stage']} ({evaluation['outcome']}): "
            f"{evaluation['message']}"
        )
    return evaluation


def rejected(reason: str) -> Evaluation:
    """Return the outcome of a candidate that somebody refused; the reason is its lesson."""
    return failure("rejected", "structure", f"refused before it was run: {reason}")


def booked_outcome(state: SearchState, context: SearchContext) -> Evaluation | None:
    """Return what this very trial was booked with, if the search was killed right after that."""
    row = context.archive.find_trial(state["search"], state["iteration"])
    candidate = state["candidate"]
    told = ("program_hash", "spec", "form", "source", "problem")
    if row is None or row["program"] != candidate["code"]:
        return None
    if any(row[name] != candidate[name] for name in told):  # type: ignore[literal-required]
        return None
    return evaluation_of(row)


def known_outcome(state: SearchState, context: SearchContext) -> Evaluation | None:
    """Return the outcome of a candidate that needs no sandbox, None if it needs one."""
    candidate = state["candidate"]
    if candidate["code"] is None:
        return failure("no_code", "reply", candidate["problem"] or "the reply holds no program")
    search, network = state["search"], candidate["program_hash"]
    if twin := find_twin(search, network, state["iteration"], context):
        return duplicate_of(twin)
    if context.config.reuse == "database" and (trial := find_elsewhere(search, network, context)):
        return result_of(trial)
    return None


def _book(state: SearchState, evaluation: Evaluation, context: SearchContext) -> None:
    tokens = context.archive.count_tokens(state["search"], state["iteration"], "generator")
    context.archive.book_trial(
        state["search"],
        state["iteration"],
        state["candidate"],
        evaluation,
        prompt_tokens=tokens[0],
        reply_tokens=tokens[1],
    )


def _announce(state: SearchState, evaluation: Evaluation) -> None:
    best = state.get("best")
    if beats(evaluation, best):
        best_accuracy, best_iteration = evaluation["accuracy"], state["iteration"]
    else:
        best_accuracy = best["accuracy"] if best else None
        best_iteration = best["iteration"] if best else 0
    emit(
        "outcome",
        iteration=state["iteration"],
        outcome=evaluation["outcome"],
        stage=evaluation["stage"],
        accuracy=evaluation["accuracy"],
        message=evaluation["message"],
        seconds=evaluation["seconds"].get("total", 0.0),
        parameters=evaluation["parameters"],
        same_as=evaluation["same_as"],
        reused_from=evaluation["reused_from"],
        best_accuracy=best_accuracy,
        best_iteration=best_iteration or None,
    )
