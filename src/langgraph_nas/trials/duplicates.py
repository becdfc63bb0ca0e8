"""Earlier trials of the same network, whose results hold again, or of almost the same one.

Free programs are compared as texts. Edits and specs are near their parents by nature: of these,
what is traced while they train is compared afterwards.
"""

from typing import TYPE_CHECKING, Any, cast

from langgraph_nas.archive import TrialRow
from langgraph_nas.evaluation import failure
from langgraph_nas.spaces import is_free_text
from langgraph_nas.state import Candidate, Evaluation
from langgraph_nas.trials.context import SearchContext

if TYPE_CHECKING:
    from langgraph_nas.programs.novelty import Near


def find_duplicate(
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


def near_of(
    search: str, candidate: Candidate, iteration: int, context: SearchContext
) -> "Near[int] | None":
    """Return the earlier program that a free program is almost, None if it is new."""
    program = candidate["code"]
    if program is None or not is_free_text(candidate) or candidate["program_hash"] is None:
        return None
    return context.seen.nearest(program, search, iteration, context.archive)


def with_same_graph(
    evaluation: Evaluation, search: str, iteration: int, context: SearchContext
) -> Evaluation:
    """Return the evaluation, with the first earlier trial that computes the same, if any."""
    graph = evaluation["graph_hash"]
    if graph is None:
        return evaluation
    same = context.archive.first_with_graph(search, graph, iteration)
    return evaluation if same is None else {**evaluation, "near": same, "similarity": 1.0}


def first_program(row: TrialRow) -> str | None:
    """Return the program that a trial began with, before it was repaired."""
    return row["repairs"][0]["program"] if row["repairs"] else row["program"]


def duplicate_of(earlier: TrialRow) -> Evaluation:
    """Return the outcome of a network that the search has tried already."""
    evaluation = failure(
        "duplicate",
        "structure",
        f"the same network as trial {earlier['iteration']}",
        same_as=earlier["iteration"],
    )
    return {**evaluation, "accuracy": earlier["accuracy"], "split": earlier["split"]}


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
    """Return the outcome that a trial was recorded with."""
    values = {name: trial[name] for name in Evaluation.__annotations__}  # type: ignore[literal-required]
    return cast(Evaluation, values)


def _first_alike(trials: list[TrialRow], context: SearchContext) -> TrialRow | None:
    if not trials:
        return None
    # What failed as a text depends on nothing else, and has no conditions.
    alike: tuple[dict[str, Any], ...] = ({}, context.evaluator.conditions())
    return next((trial for trial in trials if trial["conditions"] in alike), None)
