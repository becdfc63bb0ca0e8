"""Programs that are almost an earlier one of the search.

Free programs are compared as texts. Edits and lists of blocks are near their parents by nature:
of these, what is traced while they train is compared afterwards.
"""

from typing import TYPE_CHECKING

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.state import Candidate, Evaluation

if TYPE_CHECKING:
    from langgraph_nas.programs.novelty import Near


def near_of(
    search: str, candidate: Candidate, iteration: int, context: SearchContext
) -> "Near[int] | None":
    """Return the earlier program that a free program is almost, None if it is new."""
    program = candidate["code"]
    if program is None or candidate["form"] != "code" or candidate["program_hash"] is None:
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
