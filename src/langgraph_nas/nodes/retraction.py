"""Show a new best network, and book it as rejected if somebody refuses it."""

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.nodes.forks import check_decision, refusal
from langgraph_nas.nodes.review import review_best
from langgraph_nas.nodes.trial import Trial, book
from langgraph_nas.state import Evaluation, SearchState


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
    booked = context.archive.find_trial(state["search"], state["iteration"])
    if booked is not None and refusal(booked) != refusal(evaluation):
        check_decision(state, context)
        book(Trial(state["candidate"], evaluation), state, context)
    return evaluation
