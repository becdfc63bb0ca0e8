"""Programs that are almost an earlier one of the search.

Free programs are compared as texts. Edits and lists of blocks are near their parents by nature:
of these, what is traced while they train is compared afterwards.
"""

import threading
from typing import TYPE_CHECKING

from langgraph_nas.nodes.context import SearchContext
from langgraph_nas.state import Candidate, Evaluation

if TYPE_CHECKING:
    from langgraph_nas.programs.novelty import Near, Neighbours


class SeenPrograms:
    """The programs of a search that trained, read from its archive as they are needed.

    Args:
        threshold: Jaccard similarity from which two are near.
    """

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self._lock = threading.Lock()
        self._neighbours: Neighbours[int] | None = None
        self._last = 0

    def nearest(
        self, program: str, search: str, iteration: int, context: SearchContext
    ) -> "Near[int] | None":
        """Return the nearest program of an earlier iteration, None if none is near."""
        from langgraph_nas.programs.novelty import Neighbours

        with self._lock:
            if self._neighbours is None or iteration <= self._last:  # an earlier checkpoint
                self._neighbours, self._last = Neighbours(self._threshold), 0
            rows = context.archive.valid_programs(search, self._last + 1, iteration - 1)
            for number, text in rows:
                self._neighbours.add(number, text)
            self._last = iteration - 1
            return self._neighbours.nearest(program)


def near_of(
    search: str, candidate: Candidate, iteration: int, context: SearchContext
) -> "Near[int] | None":
    """Return the earlier program that a free program is almost, None if it is new."""
    program = candidate["code"]
    if program is None or candidate["form"] != "code" or candidate["program_hash"] is None:
        return None
    return context.seen.nearest(program, search, iteration, context)


def with_same_graph(
    evaluation: Evaluation, search: str, iteration: int, context: SearchContext
) -> Evaluation:
    """Return the evaluation, with the first earlier trial that computes the same, if any."""
    graph = evaluation["graph_hash"]
    if graph is None:
        return evaluation
    same = context.archive.first_with_graph(search, graph, iteration)
    return evaluation if same is None else {**evaluation, "near": same, "similarity": 1.0}
