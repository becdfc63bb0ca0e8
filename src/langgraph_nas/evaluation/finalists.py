"""Measure the best networks again: a new seed, and the test split once."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langgraph_nas.evaluation.base import Evaluator, Measured
from langgraph_nas.sandbox.base import OnEvent
from langgraph_nas.state import Candidate

SEED_STEP = 1_000_003
"""Added to the search's seed, so that a finalist is not scored on the luck it was picked for."""


@dataclass(frozen=True)
class Finalist:
    """A network measured again."""

    rank: int
    """Place in the search, from 1."""
    iteration: int
    seed: int
    measured: Measured
    """`test` is scored here for the first and only time. What is claimed is claimed once more, by
    a sandbox that knows nothing of the first claim."""


def remeasure(
    evaluator: Evaluator,
    networks: Sequence[tuple[int, Candidate]],
    seed: int,
    *,
    on_event: OnEvent | None = None,
    cancel: threading.Event | None = None,
    done: Callable[[Finalist], None],
) -> None:
    """Measure each (iteration, network) once more with a new seed on all held-out splits.

    `done` is called as soon as each is measured, so that nothing is lost if a later one fails.

    Args:
        evaluator: What measures.
        networks: The best ones, best first.
        seed: The search's.
        on_event: Told of stages and epochs.
        cancel: Set from another thread, it ends this.
        done: Told of each.

    Raises:
        SandboxError: The sandbox itself failed.
    """
    seed = (seed + SEED_STEP) % 2**31
    for rank, (iteration, network) in enumerate(networks, start=1):
        measured = evaluator.measure(network, seed=seed, on_event=on_event, cancel=cancel)
        if cancel is not None and cancel.is_set():
            return
        done(Finalist(rank, iteration, seed, measured))
