"""Close a trial: its parent's triple has its outcome, it opens one of its own, the best is kept."""

from langgraph_nas.methods.exploration import Widening, stagnation_after, widening
from langgraph_nas.state import Best, SearchState, Stagnation, Triple
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.divergence import check_lesson, is_same
from langgraph_nas.trials.events import emit
from langgraph_nas.trials.front import joins_front
from langgraph_nas.trials.lessons import lesson_outcome, new_triple
from langgraph_nas.trials.past import past_at
from langgraph_nas.trials.prompt_values import beats, closed_window


def close_trial(state: SearchState, context: SearchContext, seconds: float) -> SearchState:
    """Close the pending triple with the outcome of the trial, and return what is learnt of it.

    Args:
        state: As it is for the trial.
        context: The collaborators.
        seconds: What the iteration took.
    """
    outcome = lesson_outcome(state, context)
    best = keep_best(state)
    stagnation, wider = _stagnation(state, best, context)
    pending = new_triple(state, context)
    pending["move"] = wider.move if wider else None
    _record(state, outcome, pending, wider.why if wider else None, context)
    if best is not None and best["iteration"] == state["iteration"]:
        emit("new_best", iteration=best["iteration"], accuracy=best["accuracy"])
    if wider:
        emit("widened", iteration=state["iteration"] + 1, move=wider.move, why=wider.why)
    emit("iteration_ended", iteration=state["iteration"], seconds=seconds)
    return {
        "memory": closed_window(state, outcome, context.config.memory),
        "pending": pending,
        "best": best,
        "stagnation": stagnation,
        "move": pending["move"],
    }


def keep_best(state: SearchState) -> Best | None:
    """Return the best network after this trial."""
    best, evaluation, candidate = state.get("best"), state["evaluation"], state["candidate"]
    accuracy, code = evaluation["accuracy"], candidate["code"]
    if not beats(evaluation, best) or accuracy is None or code is None:
        return best
    return Best(iteration=state["iteration"], accuracy=accuracy, code=code, spec=candidate["spec"])


def _stagnation(
    state: SearchState, best: Best | None, context: SearchContext
) -> tuple[Stagnation, Widening | None]:
    stagnation = stagnation_after(
        state, best, is_better=joins_front(state["evaluation"], state, context)
    )
    past = past_at(state, context, including=True)
    wider = widening(
        stagnation,
        context.config.learning,
        networks=len(context.archive.top_trials(state["search"], 2, past)),
        moves=context.method.moves,
        was_widened=state.get("move") is not None,
    )
    return {**stagnation, "moves": stagnation["moves"] + (wider is not None)}, wider


def _record(
    state: SearchState, outcome: str, pending: Triple, why: str | None, context: SearchContext
) -> None:
    search, earlier, archive = state["search"], state.get("pending"), context.archive
    closed: Triple | None = {**earlier, "outcome": outcome} if earlier is not None else None
    check_lesson(search, closed, pending, context)
    if earlier is not None:
        archive.close_triple(search, earlier["iteration"], outcome)
    recorded = archive.find_triple(search, pending["iteration"])
    if recorded is None or not is_same(recorded, pending):  # a later trial may have closed it
        archive.record_triple(search, pending, why)
    archive.flush()
