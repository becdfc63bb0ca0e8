"""A sandbox that runs nothing: a program says in a comment what becomes of it."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from langgraph_nas.outcomes import Outcome
from langgraph_nas.sandbox.base import Job, Limits, OnEvent, Run, Workload

NET = """# outcome: {outcome}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear({width}, 10)

    def forward(self, x):
        return self.fc(x)
"""


def program(outcome: float | Outcome | str, width: int = 1) -> str:
    """Return a program that the fake sandbox scores as `outcome`, or that fails so.

    `0.9,0.7`: 0.9 the first time, then 0.7. Programs of different widths are different networks.
    """
    return NET.format(outcome=outcome, width=width)


class FakeSandbox:
    """Predicts the labels 0, 1, ... 9, 0, 1, ... of `tiny_data` as well as a program says."""

    name = "unsafe-subprocess"
    isolation = "fake"

    def __init__(
        self,
        *,
        seconds: float = 0.0,
        on_run: Callable[[Job], None] | None = None,
        labels: Mapping[str, np.ndarray] | None = None,  # type: ignore[type-arg]
    ):
        self.jobs: list[Job] = []
        self.workloads: list[Workload] = []
        self.limits: list[Limits] = []
        self.seconds, self.on_run, self.labels = seconds, on_run, labels
        self.warmed = 0
        self.torch = "2.0.fake"
        self.sent: Mapping[str, np.ndarray] = {}  # type: ignore[type-arg]
        self.closed = False

    def prewarm(self, workload: Workload, limits: Limits, spares: int = 1) -> None:
        self.warmed += 1

    def torch_version(self, workload: Workload, limits: Limits) -> str | None:
        return self.torch

    def run(
        self,
        job: Job,
        workload: Workload,
        limits: Limits,
        *,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Run:
        self.jobs.append(job)
        self.workloads.append(workload)
        self.limits.append(limits)
        if self.on_run is not None:
            self.on_run(job)
        ends = time.monotonic() + self.seconds
        while time.monotonic() < ends:
            if cancel is not None and cancel.wait(0.01):
                return Run(outcome="killed", stage="train", message="cancelled")
        run = self._result(job, workload) if job.weights is None else self._loaded(job)
        if job.send_weights:
            self.sent = run.predictions
        return replace(run, torch=self.torch)

    def _loaded(self, job: Job) -> Run:
        """Predict as when the weights were sent."""
        return Run(outcome="ok", stage="score", predictions=self.sent, isolation=self.isolation)

    def _result(self, job: Job, workload: Workload) -> Run:
        found = re.search(r"outcome: (\S+)", job.program)
        assert found is not None
        said = found[1].split(",")
        runs = sum(earlier.program == job.program for earlier in self.jobs)
        outcome = said[min(runs, len(said)) - 1]
        if not outcome.replace(".", "").isdigit():
            return Run(
                outcome=outcome,  # type: ignore[arg-type]
                stage="forward",
                message="it broke",
                line="return self.fc(x)",
                line_number=8,
                shapes=("fc (Linear): [2, 3] -> ?",),
                isolation=self.isolation,
            )
        predictions = {
            split: _predict(float(outcome), self._labels(split, n))
            for split, n in workload.n_inputs.items()
        }
        return Run(
            outcome="ok",
            stage="score",
            predictions=predictions,
            weights={"fc.weight": np.zeros((10, 1), np.float32)} if job.send_weights else None,
            seconds={"total": 0.01},
            claimed={"parameters": 10},
            isolation=self.isolation,
        )

    def close(self) -> None:
        self.closed = True

    def _labels(self, split: str, n: int) -> np.ndarray:  # type: ignore[type-arg]
        return np.arange(n) % 10 if self.labels is None else self.labels[split].copy()


def _predict(accuracy: float, labels: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    right = round(accuracy * len(labels))
    labels[right:] = (labels[right:] + 1) % 10
    return labels.astype(np.uint16)
