"""Tell of an outcome."""

from collections.abc import Sequence

from langgraph_nas.objectives import ACCURACY, Objective
from langgraph_nas.state import Evaluation, SearchState
from langgraph_nas.trials.events import emit
from langgraph_nas.trials.prompt_values import beats


def announce(state: SearchState, evaluation: Evaluation, goals: Sequence[Objective]) -> None:
    """Send the event `outcome` of the trial that the state is of."""
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
        scores=evaluation["scores"],
        seconds=evaluation["seconds"].get("total", 0.0),
        parameters=evaluation["parameters"],
        costs={goal.name: goal.of(evaluation) for goal in goals if goal is not ACCURACY},
        same_as=evaluation["same_as"],
        reused_from=evaluation["reused_from"],
        best_accuracy=best_accuracy,
        best_iteration=best_iteration or None,
    )
