"""The programs of a search that trained, to tell what is almost one of them."""

import threading
from typing import TYPE_CHECKING

from langgraph_nas.archive import Archive

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
        self, program: str, search: str, iteration: int, archive: Archive
    ) -> "Near[int] | None":
        """Return the nearest program of an earlier iteration, None if none is near."""
        from langgraph_nas.programs.novelty import Neighbours

        with self._lock:
            if self._neighbours is None or iteration <= self._last:  # an earlier checkpoint
                self._neighbours, self._last = Neighbours(self._threshold), 0
            rows = archive.valid_programs(search, self._last + 1, iteration - 1)
            for number, text in rows:
                self._neighbours.add(number, text)
            self._last = iteration - 1
            return self._neighbours.nearest(program)
