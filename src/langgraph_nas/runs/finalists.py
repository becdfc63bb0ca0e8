"""Measure the best networks of a search again, and book them."""

from langgraph_nas.evaluation import Finalist, remeasure
from langgraph_nas.nodes import SearchContext
from langgraph_nas.runs.announcing import OnEvent


def measure_finalists(name: str, context: SearchContext, tell: OnEvent) -> None:
    """Train the best networks once more with a new seed; test is scored here, once for each."""
    done = {row["iteration"] for row in context.archive.finalists(name)}
    top = context.archive.top_trials(name, context.config.finalists)
    programs = [
        (trial["iteration"], trial["program"])
        for trial in top
        if trial["iteration"] not in done and trial["program"] is not None
    ]
    split = context.evaluator.data.scored_split

    def book(finalist: Finalist) -> None:
        rank = [trial["iteration"] for trial in top].index(finalist.iteration) + 1
        context.archive.book_finalist(
            name,
            finalist.iteration,
            finalist.seed,
            finalist.accuracies,
            finalist.seconds,
            parameters=finalist.parameters,
            measures=finalist.measures,
        )
        tell(
            {
                "event": "finalist",
                "rank": rank,
                "iteration": finalist.iteration,
                "outcome": finalist.outcome,
                "validation_accuracy": finalist.accuracies.get(split),
                "test_accuracy": finalist.accuracies.get("test"),
            }
        )

    if programs and context.makes_room:
        context.make_room()
    remeasure(context.evaluator, programs, cancel=context.stop, done=book)
