"""Node `execute`: find out what becomes of the candidate, and record the trial.

Reads `search`, `iteration`, `candidate`, `best`, `suggestion`. Writes `evaluation`, and
`candidate` if a user edited it or it was repaired.
"""

from langgraph.runtime import Runtime

from langgraph_nas.evaluation import failure
from langgraph_nas.nodes import in_flight
from langgraph_nas.nodes.announcing import announce
from langgraph_nas.spaces import user_candidate
from langgraph_nas.state import Evaluation, SearchState
from langgraph_nas.trials.confirm import confirmed
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.divergence import check_trial
from langgraph_nas.trials.repair import repaired
from langgraph_nas.trials.review import review_candidate
from langgraph_nas.trials.steps import NodeSteps, arun, run
from langgraph_nas.trials.trial import Trial, record, recorded_trial, try_candidate


def execute(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Evaluate the candidate: known already, or trained in the sandbox and scored on the host.

    What the candidate does wrong is its outcome; with `repairs` it is repaired first, and a new
    best is confirmed before it is one. Run again after a crash, it takes what was recorded, and
    else evaluates anew. With `review` it begins with an interrupt.

    Raises:
        UsageError: The user's own start program does not train.
        SandboxError: The sandbox itself failed, after its retries.
    """
    return run(_steps(state, runtime.context), runtime.context)


async def aexecute(state: SearchState, runtime: Runtime[SearchContext]) -> SearchState:
    """Async version of `execute`; cancelling it kills the candidate."""
    return await arun(_steps(state, runtime.context), runtime.context)


def _steps(state: SearchState, context: SearchContext) -> NodeSteps:
    if context.pool is not None:
        return (yield from in_flight.try_all(state, context))
    answer = review_candidate(state, context)
    candidate = state["candidate"]
    if answer is not None and answer["action"] == "edit":
        candidate = user_candidate(answer["program"])
    refused = None
    if answer is not None and answer["action"] == "reject":
        refused = rejected(answer["reason"])
    check_trial({**state, "candidate": candidate}, refused, context)
    trial = recorded_trial(candidate, state, context)
    if trial is None:
        if refused is not None:
            trial = Trial(candidate, refused)
        else:
            trial = yield from try_candidate(candidate, state, context)
        record(trial, state, context)
    trial = yield from repaired(trial, state, context)
    trial = yield from confirmed(trial, state, context)
    announce(state, trial.evaluation, context.config.goals)
    update: SearchState = {"evaluation": trial.evaluation}
    if trial.candidate != state["candidate"]:
        update["candidate"] = trial.candidate
    return update


def rejected(reason: str) -> Evaluation:
    """Return the outcome of a candidate that a user refused; the reason is its lesson."""
    return failure("rejected", "structure", f"refused before it was run: {reason}")
