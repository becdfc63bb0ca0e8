"""Take back a new best network that somebody rejected."""

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.lessons import lesson_outcome
from langgraph_nas.nodes.review import review_best
from langgraph_nas.state import Best, Evaluation, SearchState, Triple


def accepted(state: SearchState, context: SearchContext) -> SearchState:
    """Return what changes if the best of the last trial is shown and rejected, else nothing."""
    before = best_before(state, context)
    answer = review_best(state, before, context)
    if answer is None or answer["action"] != "reject":
        return {}
    evaluation: Evaluation = {
        **state["evaluation"],
        "outcome": "rejected",
        "message": f"refused after it was trained: {answer['reason']}",
    }
    context.archive.book_trial(state["search"], state["iteration"], state["candidate"], evaluation)
    memory = [_retold(triple, state, evaluation, context) for triple in state.get("memory") or []]
    return {"best": before, "memory": memory, "evaluation": evaluation}


def best_before(state: SearchState, context: SearchContext) -> Best | None:
    """Return the best network but for that of the last trial."""
    if context.config.review != "on_new_best" or "iteration" not in state:
        return None
    for trial in context.archive.top_trials(state["search"], 2):
        accuracy, program = trial["accuracy"], trial["program"]
        is_last = trial["iteration"] == state["iteration"]
        if not is_last and accuracy is not None and program is not None:
            return Best(
                iteration=trial["iteration"], accuracy=accuracy, code=program, spec=trial["spec"]
            )
    return None


def _retold(
    triple: Triple, state: SearchState, evaluation: Evaluation, context: SearchContext
) -> Triple:
    """Return a triple; the one that the rejected trial closed tells of that."""
    if triple["iteration"] != state["iteration"] - 1:
        return triple
    outcome = lesson_outcome(evaluation, state.get("best"), context)
    context.archive.close_triple(state["search"], triple["iteration"], outcome)
    return {**triple, "outcome": outcome}
