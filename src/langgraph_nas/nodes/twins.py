"""Earlier trials of the same network, whose results hold again."""

from typing import Any, cast

from langgraph_nas.archive import TrialRow
from langgraph_nas.evaluation import failure
from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.state import Evaluation


def find_twin(
    search: str, program_hash: str | None, before: int, context: SearchContext
) -> TrialRow | None:
    """Return the first earlier trial of this network in the search, under the same conditions."""
    if program_hash is None:
        return None
    return _first_alike(context.archive.find_same(search, program_hash, before), context)


def find_elsewhere(
    search: str, program_hash: str | None, context: SearchContext
) -> TrialRow | None:
    """Return the oldest trial of this network in other searches, under the same conditions."""
    if program_hash is None:
        return None
    return _first_alike(context.archive.find_elsewhere(search, program_hash), context)


def first_program(row: TrialRow) -> str | None:
    """Return the program that a trial began with, before it was mended."""
    return row["repairs"][0]["program"] if row["repairs"] else row["program"]


def duplicate_of(twin: TrialRow) -> Evaluation:
    """Return the outcome of a network that the search has tried already."""
    evaluation = failure(
        "duplicate",
        "structure",
        f"the same network as trial {twin['iteration']}",
        same_as=twin["iteration"],
    )
    return {**evaluation, "accuracy": twin["accuracy"], "split": twin["split"]}


def result_of(trial: TrialRow) -> Evaluation:
    """Return the outcome of a trial of another search, in the place of a training."""
    evaluation = evaluation_of(trial)
    where = f"{trial['search']}/{trial['iteration']}"
    return {
        **evaluation,
        "seconds": {},
        "reused_from": evaluation["reused_from"] or where,
        "message": f"{evaluation['message']} (trained in search {trial['search']}, iteration "
        f"{trial['iteration']})",
    }


def evaluation_of(trial: TrialRow) -> Evaluation:
    """Return the outcome that a trial was booked with."""
    values = {name: trial[name] for name in Evaluation.__annotations__}  # type: ignore[literal-required]
    return cast(Evaluation, values)


def _first_alike(trials: list[TrialRow], context: SearchContext) -> TrialRow | None:
    if not trials:
        return None
    # What failed as a text depends on nothing else, and has no conditions.
    alike: tuple[dict[str, Any], ...] = ({}, context.evaluator.conditions())
    return next((trial for trial in trials if trial["conditions"] in alike), None)
