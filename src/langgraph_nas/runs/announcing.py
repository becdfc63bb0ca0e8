"""The announcement of a search: its start, and its estimate of time and disk."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from langgraph_nas.graph import checkpoint_path
from langgraph_nas.session import replies_path
from langgraph_nas.trials import SearchContext

CHECKPOINTS_PER_ITERATION = 4

OnEvent = Callable[[dict[str, Any]], None]


def with_estimate(tell: OnEvent, context: SearchContext, database: Path) -> OnEvent:
    """Return `tell` with one `estimate` event after the first iteration."""
    told = False
    before = _Stored.now(database)

    def forward(event: dict[str, Any]) -> None:
        nonlocal told
        tell(event)
        if event["event"] == "iteration_ended" and not told:
            told = True
            left = max(0, context.config.iterations - event["iteration"])
            most = context.config.keep_checkpoints
            tell(
                {
                    "event": "estimate",
                    "seconds_per_iteration": event["seconds"],
                    "seconds_left": event["seconds"] * left,
                    "disk_mb": _Stored.now(database).at_the_end(before, left, most) / 2**20,
                }
            )

    return forward


class _Stored:
    """Bytes of the databases, as they are once what was written has found its place."""

    def __init__(self, kept: int, checkpoints: int) -> None:
        self.kept, self.checkpoints = kept, checkpoints

    @classmethod
    def now(cls, database: Path) -> "_Stored":
        kept = _bytes(database) + _bytes(replies_path(database))
        return cls(kept, _bytes(checkpoint_path(database)))

    def at_the_end(self, before: "_Stored", left: int, most: int) -> float:
        """Return the bytes after `left` more iterations like the one since `before`.

        Trials, prompts and replies grow with each; of checkpoints no more than `most` stay.
        """
        kept = self.kept + (self.kept - before.kept) * left
        of_one = max(0, self.checkpoints - before.checkpoints) / CHECKPOINTS_PER_ITERATION
        to_come = min(CHECKPOINTS_PER_ITERATION * left, most - CHECKPOINTS_PER_ITERATION)
        return kept + self.checkpoints + of_one * max(0, to_come)


def _bytes(path: Path) -> int:
    """Return the size of a database; that of its files also holds what is written twice."""
    if not path.exists():
        return 0
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
            size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    except sqlite3.Error:  # what is wrong with it is told by what needs it
        return 0
    return pages * size
