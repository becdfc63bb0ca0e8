"""A trial: what a candidate is, what became of it, and how both are recorded."""

from collections.abc import Generator
from typing import Any, NamedTuple

from langgraph_nas.archive import TrialRow
from langgraph_nas.errors import UsageError
from langgraph_nas.evaluation import channels_last_of, failure
from langgraph_nas.programs import check_program
from langgraph_nas.spaces import unread_outcome
from langgraph_nas.state import Candidate, Evaluation, SearchState
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.duplicates import (
    duplicate_of,
    evaluation_of,
    find_duplicate,
    find_elsewhere,
    first_program,
    near_of,
    result_of,
    with_same_graph,
)
from langgraph_nas.trials.steps import Evaluate, MakeRoom, Request


class Trial(NamedTuple):
    """A candidate and what became of it."""

    candidate: Candidate
    evaluation: Evaluation


Trying = Generator[Request, Any, Trial]
"""Steps that end with a trial."""

_TOLD = ("program_hash", "spec", "form", "source", "problem")


def candidate_in(row: TrialRow) -> Candidate:
    """Return the candidate of a trial in the archive."""
    return Candidate(
        code=row["program"],
        spec=row["spec"],
        form=row["form"],
        program_hash=row["program_hash"],
        problem=row["problem"],
        source=row["source"],
    )


def recorded_trial(
    candidate: Candidate, state: SearchState, context: SearchContext
) -> Trial | None:
    """Return what this very trial was recorded with, if the search was killed after that.

    A program that was repaired since is known by the first one.
    """
    row = context.archive.find_trial(state["search"], state["iteration"])
    if row is None or first_program(row) != candidate["code"]:
        return None
    recorded = candidate_in(row)
    if row["repairs"]:
        return Trial(recorded, evaluation_of(row))
    return Trial(candidate, evaluation_of(row)) if recorded == candidate else None


def record(trial: Trial, state: SearchState, context: SearchContext) -> Trial:
    """Record a trial as it stands."""
    parent = state.get("pending")
    tokens = context.archive.count_tokens(state["search"], state["iteration"], "generator")
    context.archive.record_trial(
        state["search"],
        state["iteration"],
        trial.candidate,
        trial.evaluation,
        prompt_tokens=tokens[0],
        reply_tokens=tokens[1],
        parent=parent["iteration"] if parent else None,
        proposed_in=state.get("proposed_in", state["iteration"]),
        closed_in=state.get("passes", state["iteration"]),
    )
    return trial


def try_candidate(candidate: Candidate, state: SearchState, context: SearchContext) -> Trying:
    """Find out what becomes of a candidate: known already, or trained in the sandbox.

    Raises:
        UsageError: The user's own start program does not train.
        SandboxError: The sandbox itself failed, after its retries.
    """
    iteration = state["iteration"]
    evaluation = known_outcome(candidate, state, context)
    if evaluation is None:
        assert candidate["code"] is not None
        # What fails already as a text never reaches the GPU.
        if context.makes_room and check_program(candidate["code"]) is None:
            yield MakeRoom(iteration)
        before = format_in_original(candidate["code"], iteration, context)
        trained: Evaluation = yield Evaluate(candidate, iteration, channels_last=before)
        evaluation = compared(trained, candidate, state, context)
    return judged(candidate, evaluation, context)


def compared(
    evaluation: Evaluation, candidate: Candidate, state: SearchState, context: SearchContext
) -> Evaluation:
    """Return the outcome of an evaluation, with what it has in common with earlier trials."""
    search, iteration = state["search"], state["iteration"]
    evaluation = with_same_graph(evaluation, search, iteration, context)
    if context.evaluator.is_exact:
        evaluation = held_to_budgets(with_cost(evaluation, candidate, context), context)
    if near := near_of(search, candidate, iteration, context):
        evaluation = {**evaluation, "near": near.key, "similarity": near.similarity}
    return evaluation


def judged(candidate: Candidate, evaluation: Evaluation, context: SearchContext) -> Trial:
    """Return the trial of a candidate with this outcome.

    Raises:
        UsageError: It is the user's own start program, and does not train.
    """
    if candidate["code"] is not None and candidate["problem"] and evaluation["outcome"] != "ok":
        message = f"{evaluation['message']} ({candidate['problem']})".strip()
        evaluation = {**evaluation, "message": message}
    is_start = (candidate["source"], candidate["code"]) == ("user", context.config.start_program)
    if is_start and evaluation["outcome"] != "ok":
        raise UsageError(
            f"the start program fails at {evaluation['stage']} ({evaluation['outcome']}): "
            f"{evaluation['message']}"
        )
    return Trial(candidate, evaluation)


def with_cost(evaluation: Evaluation, candidate: Candidate, context: SearchContext) -> Evaluation:
    """Return the outcome of a network that was looked up, with what its space knows it to cost."""
    known = dict(context.space.cost(candidate["spec"] or []))
    parameters = known.pop("parameters", None)
    if evaluation["parameters"] is None and parameters is not None:
        evaluation = {**evaluation, "parameters": round(parameters)}
    return {**evaluation, "measures": known | evaluation["measures"]}


def held_to_budgets(evaluation: Evaluation, context: SearchContext) -> Evaluation:
    """Return `over_budget` in place of a score if a network costs more than the budgets allow."""
    config, measures = context.config, evaluation["measures"]
    taken = {
        "parameters": (evaluation["parameters"], config.max_params),
        "multiply-adds": (measures.get("macs"), config.max_macs),
        "ms for one image": (measures.get("latency_ms"), config.max_latency),
        "MiB for one step": (measures.get("step_memory_mb"), config.max_memory),
    }
    over = [
        f"{value:,.6g} {what}, at most {most:,.6g} are allowed"
        for what, (value, most) in taken.items()
        if value is not None and most is not None and value > most
    ]
    if not over or evaluation["outcome"] != "ok":
        return evaluation
    return {
        **failure("over_budget", "preflight", "; ".join(over)),
        "parameters": evaluation["parameters"],
        "measures": measures,
        "isolation": evaluation["isolation"],
        "conditions": evaluation["conditions"],
    }


def format_in_original(code: str, iteration: int, context: SearchContext) -> bool | None:
    """Return whether a replay's original trained this program in the channels_last format.

    None: it is no replay, or that is not known. A format that is measured anew could be the other
    one, whose sums are rounded otherwise.
    """
    if context.original is None:
        return None
    row = context.archive.find_trial(context.original, iteration)
    return channels_last_of(row["measures"]) if row and row["program"] == code else None


def known_outcome(
    candidate: Candidate, state: SearchState, context: SearchContext
) -> Evaluation | None:
    """Return the outcome of a candidate that needs no sandbox, None if it needs one."""
    if candidate["code"] is None:
        outcome = unread_outcome(candidate)
        return failure(outcome, "reply", candidate["problem"] or "the reply holds no program")
    search, network = state["search"], candidate["program_hash"]
    if earlier := find_duplicate(search, network, state["iteration"], context):
        return duplicate_of(earlier)
    if context.config.on_near_duplicate != "train" and candidate["source"] == "llm":
        near = near_of(search, candidate, state["iteration"], context)
        if near is not None:
            return _refused(near.key, near.similarity)
    if context.config.reuse == "database" and (trial := find_elsewhere(search, network, context)):
        return result_of(trial)
    return None


def _refused(iteration: int, similarity: float) -> Evaluation:
    message = f"{similarity:.0%} the program of trial {iteration}: not trained"
    evaluation = failure("near_duplicate", "structure", message)
    return {**evaluation, "near": iteration, "similarity": similarity}
