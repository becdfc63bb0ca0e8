"""Confirm a new best: train it once more with another seed, and rank it by its mean.

The best of many noisy trainings is too good to be true: it is the luckiest as much as the best.
"""

from statistics import fmean

from langgraph_nas.evaluation import channels_last_of
from langgraph_nas.state import Evaluation, SearchState
from langgraph_nas.trials.context import SearchContext
from langgraph_nas.trials.events import emit
from langgraph_nas.trials.prompt_values import beats
from langgraph_nas.trials.steps import Evaluate, MakeRoom
from langgraph_nas.trials.trial import Trial, Trying, record

SEED_STEP = 500_009
"""Added to the search's seed, so that neither the search nor its finalists share the training."""


def confirmed(trial: Trial, state: SearchState, context: SearchContext) -> Trying:
    """Train a network that beats the best once more; its accuracy is then the mean of both."""
    first = trial.evaluation
    is_new_best = beats(first, state.get("best")) and len(first["scores"]) == 1
    is_asked = context.config.learning.confirm_best and not context.evaluator.is_exact
    if not (is_asked and is_new_best):
        return trial
    emit("confirming", iteration=state["iteration"], accuracy=first["accuracy"])
    seed = (context.config.seed + SEED_STEP) % 2**31
    if context.makes_room:  # its first training may have been recorded by another process
        yield MakeRoom(state["iteration"])
    again: Evaluation = yield Evaluate(
        trial.candidate, state["iteration"], seed, channels_last_of(first["measures"])
    )
    trial = Trial(trial.candidate, _joined(first, again))
    emit("confirmed", iteration=state["iteration"], scores=trial.evaluation["scores"])
    return record(trial, state, context)


def _joined(first: Evaluation, again: Evaluation) -> Evaluation:
    """Return the outcome of both trainings; a network that fails in one of them is no best."""
    total = sum(one["seconds"].get("total", 0.0) for one in (first, again))
    seconds = {**first["seconds"], "confirm": again["seconds"].get("total", 0.0), "total": total}
    if again["outcome"] != "ok" or again["accuracy"] is None or first["accuracy"] is None:
        message = f"it scored {first['accuracy']:.4f}, but with another seed: {again['message']}"
        kept = {key: first[key] for key in ("scores", "near", "similarity", "repairs")}
        return {**again, **kept, "message": message, "seconds": seconds}  # type: ignore[typeddict-item]
    scores = [*first["scores"], again["accuracy"]]
    told = " and ".join(f"{score:.4f}" for score in scores)
    mean = fmean(scores)
    return {
        **first,
        "accuracy": mean,
        "scores": scores,
        "message": f"accuracy {mean:.4f}, the mean of {told}",
        "seconds": seconds,
    }
