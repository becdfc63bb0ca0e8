"""Measure the best networks of a search again, and record them."""

from langgraph_nas.archive import Archive, TrialRow
from langgraph_nas.config import SearchConfig
from langgraph_nas.evaluation import Finalist, remeasure
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.sandbox.base import OnEvent
from langgraph_nas.trials import SearchContext
from langgraph_nas.trials.trial import candidate_in

FAILED = "failed_finalists"
"""Fact of a search: iteration (text) -> outcome of each finalist that did not train again."""


def measure_finalists(name: str, context: SearchContext, tell: OnEvent) -> int:
    """Train the best networks once more with a new seed; test is scored here, once for each.

    One that failed for a reason that may have passed is tried again, once a call.

    Returns:
        How many were to be trained.
    """
    archive = context.archive
    config = context.config
    top = archive.picked(name, config.finalists, config.goals)
    networks = [(row["iteration"], candidate_in(row)) for row in _unmeasured(name, top, archive)]
    split = context.task.scored_split

    def record(finalist: Finalist) -> None:
        measured = finalist.measured
        rank = [trial["iteration"] for trial in top].index(finalist.iteration) + 1
        archive.record_finalist(
            name,
            finalist.iteration,
            finalist.seed,
            dict(measured.accuracies),
            measured.seconds,
            parameters=measured.parameters,
            measures=dict(measured.measures),
        )
        _book_failure(name, finalist, archive)
        tell(
            {
                "event": "finalist",
                "rank": rank,
                "iteration": finalist.iteration,
                "outcome": measured.outcome,
                "validation_accuracy": measured.accuracies.get(split),
                "test_accuracy": measured.accuracies.get("test"),
            }
        )

    if networks and context.makes_room:
        context.make_room()
    remeasure(context.evaluator, networks, context.config.seed, cancel=context.stop, done=record)
    return len(networks)


def unmeasured(name: str, archive: Archive) -> list[TrialRow]:
    """Return the trials that `resume` would measure as finalists, or try to measure again."""
    config = SearchConfig.model_validate(archive.search(name)["settings"])
    return _unmeasured(name, archive.picked(name, config.finalists, config.goals), archive)


def _unmeasured(name: str, top: list[TrialRow], archive: Archive) -> list[TrialRow]:
    failed = archive.search(name)["facts"].get(FAILED, {})
    final = {
        row["iteration"]
        for row in archive.finalists(name)
        # Why one failed that an older version recorded is not known.
        if row["accuracies"] or OUTCOMES[failed.get(str(row["iteration"]), "killed")].is_final
    }
    return [trial for trial in top if trial["program"] and trial["iteration"] not in final]


def _book_failure(name: str, finalist: Finalist, archive: Archive) -> None:
    """Record why a finalist failed, or that it did not this time."""
    facts = archive.search(name)["facts"]
    before = facts.pop(FAILED, {})
    now = before | {str(finalist.iteration): finalist.measured.outcome}
    now = {iteration: outcome for iteration, outcome in now.items() if outcome != "ok"}
    if now != before:
        archive.update_search(name, facts=facts | ({FAILED: now} if now else {}))
