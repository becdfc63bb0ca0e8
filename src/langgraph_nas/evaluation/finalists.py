"""Measure the best networks again: fresh sandbox, new seed, and the test split once."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from langgraph_nas.evaluation.evaluator import Evaluator, measures_of, parameters_of
from langgraph_nas.sandbox.base import OnEvent

SEED_STEP = 1_000_003
"""Added to the search's seed, so that a finalist is not scored on the luck it was picked for."""


@dataclass(frozen=True)
class Finalist:
    """A network measured again."""

    rank: int
    """Place in the search, from 1."""
    iteration: int
    seed: int
    outcome: str
    accuracies: dict[str, float]
    """Split -> accuracy; `test` is scored here for the first and only time."""
    seconds: float
    parameters: int | None = None
    """Claimed once more, by a sandbox that knows nothing of the first claim."""
    measures: dict[str, float] = field(default_factory=dict)


def remeasure(
    evaluator: Evaluator,
    programs: Sequence[tuple[int, str]],
    *,
    on_event: OnEvent | None = None,
    cancel: threading.Event | None = None,
    done: Callable[[Finalist], None],
) -> None:
    """Train each (iteration, program) once more with a new seed and score all held-out splits.

    `done` is called as soon as each is measured, so that nothing is lost if a later one fails.

    Raises:
        SandboxError: The sandbox itself failed.
    """
    seed = (evaluator.config.seed + SEED_STEP) % 2**31
    splits = list(evaluator.data.inputs)
    for rank, (iteration, program) in enumerate(programs, start=1):
        trained = evaluator.train(
            program, splits=splits, seed=seed, on_event=on_event, cancel=cancel
        )
        if cancel is not None and cancel.is_set():
            return
        done(
            Finalist(
                rank=rank,
                iteration=iteration,
                seed=seed,
                outcome=trained.run.outcome,
                accuracies=dict(trained.accuracies),
                seconds=trained.run.seconds.get("total", 0.0),
                parameters=parameters_of(trained.run),
                measures=measures_of(trained.run),
            )
        )
