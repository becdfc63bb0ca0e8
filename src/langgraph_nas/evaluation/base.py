"""An evaluator: a candidate in, its outcome and measures out."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from langgraph_nas.config import SearchConfig
from langgraph_nas.outcomes import Outcome
from langgraph_nas.sandbox.base import OnEvent
from langgraph_nas.state import Candidate, Evaluation, Stage
from langgraph_nas.task import Task


def is_sandboxed(config: SearchConfig) -> bool:
    """Tell whether candidates are trained in a sandbox, on a data set that must be there."""
    return config.evaluator == "sandboxed"


class Cost(NamedTuple):
    """What an evaluation takes at the most, as it is known before it runs."""

    images: int
    """Training images that are shown to the network, those of all epochs."""
    cpus: float
    memory_mb: int
    device_memory_mb: int
    """Of a GPU; 0: none is used."""


NOTHING = Cost(0, 0.0, 0, 0)
"""The cost of what is known already, or looked up."""


@dataclass(frozen=True)
class Measured:
    """A network measured once more, on all held-out splits."""

    outcome: Outcome
    accuracies: Mapping[str, float]
    """Split -> accuracy in 0..1; empty unless the outcome is `ok`."""
    seconds: float
    parameters: int | None = None
    measures: Mapping[str, float] = field(default_factory=dict)


class Evaluator(Protocol):
    """What finds out how good candidates are. Safe to use from several threads at a time."""

    task: Task
    device: str
    """`cuda` or `cpu`."""
    isolation: str
    """What keeps candidates apart from the machine, e.g. `docker`; `table` if none is run."""
    is_exact: bool
    """It says the same of a network each time, so that there is nothing to confirm."""

    def prewarm(self, spares: int = 1) -> None:
        """Get ready for the next candidates, in the background."""
        ...

    def cost(self, candidate: Candidate) -> Cost:
        """Return what the evaluation of a candidate will take."""
        ...

    def evaluate(
        self,
        candidate: Candidate,
        *,
        seed: int | None = None,
        channels_last: bool | None = None,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Evaluation:
        """Return what becomes of a candidate, scored on the split that steers the search.

        Args:
            candidate: With a program.
            seed: Training seed; default: the search's.
            channels_last: Its memory format of an earlier training; default: what is faster.
            on_event: Told of stages and epochs.
            cancel: Set from another thread, it kills the candidate (outcome `killed`).

        Raises:
            SandboxError: What evaluates it failed itself, after its retries.
        """
        ...

    def measure(
        self,
        candidate: Candidate,
        *,
        seed: int,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Measured:
        """Return how good a candidate is on all held-out splits, anew; as `evaluate`."""
        ...

    def conditions(self) -> dict[str, Any]:
        """Return all that the next outcome depends on besides the candidate, as plain values."""
        ...


def failure(
    outcome: Outcome,
    stage: Stage,
    message: str,
    *,
    line: str | None = None,
    line_number: int | None = None,
    same_as: int | None = None,
) -> Evaluation:
    """Return the evaluation of a candidate that was never run."""
    return Evaluation(
        outcome=outcome,
        stage=stage,
        accuracy=None,
        scores=[],
        split=None,
        message=message,
        line=line,
        line_number=line_number,
        module=None,
        shapes=[],
        same_as=same_as,
        near=None,
        similarity=None,
        repairs=[],
        parameters=None,
        precision=None,
        graph_hash=None,
        measures={},
        seconds={},
        isolation="",
        conditions={},
        reused_from=None,
    )


def scored(accuracy: float, split: str) -> Evaluation:
    """Return the evaluation of a candidate with this accuracy (0..1); the rest is not known."""
    plain = failure("ok", "score", f"accuracy {accuracy:.4f}")
    return {**plain, "accuracy": accuracy, "scores": [accuracy], "split": split}
