"""The evaluator `sandboxed`: a program is checked, run in the sandbox, and scored on the host."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import SandboxError
from langgraph_nas.evaluation.base import NOTHING, Cost, Measured, failure
from langgraph_nas.evaluation.conditions import conditions_of
from langgraph_nas.evaluation.precision import pick_precision
from langgraph_nas.evaluation.recipe import (
    budgets_of,
    limits_of,
    pick_device,
    recipe_of,
    task_of,
    workload_of,
)
from langgraph_nas.programs import check_program
from langgraph_nas.sandbox.base import Job, OnEvent, Run, Sandbox, Workload
from langgraph_nas.sandbox.harness.steps import steps_per_epoch
from langgraph_nas.sandbox.launch import threads
from langgraph_nas.state import MEASURES, Candidate, Evaluation

FIRST_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Trained:
    """A run and its host-side scores."""

    run: Run
    accuracies: Mapping[str, float]
    """Split -> accuracy in 0..1; empty unless the outcome is `ok`."""


class Sandboxed:
    """Trains programs on one data set in one sandbox, under one set of settings."""

    is_exact = False

    def __init__(self, sandbox: Sandbox, data: PreparedData, config: SearchConfig) -> None:
        self.sandbox, self.data, self.config = sandbox, data, config
        self.task, self.isolation = task_of(data), sandbox.isolation
        self.device = pick_device(config.device)
        self.precision = pick_precision(config, self.device, data.info.shape)
        self.limits = limits_of(config)

    def prewarm(self, spares: int = 1, splits: Iterable[str] | None = None) -> None:
        """Keep sandboxes for the next `spares` candidates, started in the background.

        They predict `splits`; default: what a search scores.
        """
        workload = self._workload([self.data.scored_split] if splits is None else splits)
        self.sandbox.prewarm(workload, self.limits, spares)

    def cost(self, candidate: Candidate) -> Cost:
        """Return the images to train on and the limits; nothing for what is no program."""
        if candidate["code"] is None or check_program(candidate["code"]) is not None:
            return NOTHING
        on_gpu = (self.limits.device_memory_mb or 0) if self.device == "cuda" else 0
        return Cost(
            self.config.epochs * self.data.n_train,
            threads(self.limits),
            self.limits.memory_mb,
            on_gpu,
        )

    def evaluate(
        self,
        candidate: Candidate,
        *,
        seed: int | None = None,
        channels_last: bool | None = None,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Evaluation:
        """Return what becomes of a program when it is trained and scored; see `Evaluator`."""
        program = candidate["code"] or ""
        if problem := check_program(program):
            return failure(
                problem.outcome,
                problem.stage,
                problem.message,
                line=problem.line,
                line_number=problem.line_number,
            )
        split = self.data.scored_split
        trained = self.train(
            program,
            splits=[split],
            seed=seed,
            channels_last=channels_last,
            on_event=on_event,
            cancel=cancel,
        )
        return _evaluation(trained, split, self._conditions(trained.run.torch))

    def measure(
        self,
        candidate: Candidate,
        *,
        seed: int,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Measured:
        """Return how good a program is on all held-out splits, trained in a fresh sandbox."""
        trained = self.train(
            candidate["code"] or "",
            splits=list(self.data.inputs),
            seed=seed,
            on_event=on_event,
            cancel=cancel,
        )
        run = trained.run
        return Measured(
            outcome=run.outcome,
            accuracies=dict(trained.accuracies),
            seconds=run.seconds.get("total", 0.0),
            parameters=parameters_of(run),
            measures=measures_of(run),
        )

    def train(
        self,
        program: str,
        *,
        splits: Iterable[str],
        unscored: Iterable[str] = (),
        seed: int | None = None,
        channels_last: bool | None = None,
        send_weights: bool = False,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> Trained:
        """Train a program in a fresh sandbox and score its predictions of `splits`.

        Args:
            program: The candidate's text.
            splits: Of `validation` and `test`.
            unscored: Splits to predict without comparing with their labels; see `accuracy`.
            seed: Training seed; default: the search's.
            channels_last: Its memory format of an earlier training; default: what is faster.
            send_weights: Bring the trained tensors back.
            on_event: Told of stages and epochs.
            cancel: Set from another thread, it kills the candidate (outcome `killed`).

        Raises:
            SandboxError: The sandbox itself failed, after `sandbox_retries` retries.
        """
        recipe = recipe_of(self.config, self.data.info, self.precision, seed, channels_last)
        job = Job(program, recipe, send_weights, budgets_of(self.config))
        scored = list(splits)
        workload = self._workload([*scored, *unscored])
        run = hold_to_steps(self._run(job, workload, on_event, cancel), self._steps(job))
        return Trained(run, self._score(run, scored))

    def load(
        self,
        program: str,
        weights: Mapping[str, np.ndarray[Any, Any]],
        *,
        splits: Iterable[str],
        after_a_pass: bool = False,
        cancel: threading.Event | None = None,
    ) -> Trained:
        """Load tensors into a program's network in a fresh sandbox and score its predictions.

        Args:
            program: It must import all that it uses.
            weights: Its state dict, as `train` brings it back.
            splits: Of `validation` and `test`.
            after_a_pass: Whether a first forward pass comes before, in which layers may be made.
            cancel: As in `train`.

        Raises:
            SandboxError: As in `train`.
        """
        recipe = recipe_of(self.config, self.data.info, self.precision)
        job = Job(program, recipe, weights=weights, after_a_pass=after_a_pass)
        scored = list(splits)
        run = self._run(job, self._workload(scored), lambda event: None, cancel)
        return Trained(run, self._score(run, scored))

    def _run(
        self,
        job: Job,
        workload: Workload,
        on_event: OnEvent | None,
        cancel: threading.Event | None,
    ) -> Run:
        """Run a job, again where the sandbox itself fails."""
        pause, stop = FIRST_PAUSE_SECONDS, cancel or threading.Event()
        for attempt in range(self.config.sandbox_retries + 1):
            run = self.sandbox.run(job, workload, self.limits, on_event=on_event, cancel=stop)
            if run.outcome != "sandbox_error":
                return run
            if attempt < self.config.sandbox_retries and not stop.wait(pause):
                pause *= 2
        raise SandboxError(
            f"the sandbox ({self.sandbox.isolation}) failed {attempt + 1} times: {run.message}; "
            "`langgraph-nas doctor` says what is wrong"
        )

    def conditions(self) -> dict[str, Any]:
        """Return all that the outcome of the next program depends on, besides the program.

        It may wait for a sandbox to be ready, which alone knows its torch.
        """
        workload = self._workload([self.data.scored_split])
        return self._conditions(self.sandbox.torch_version(workload, self.limits))

    def _conditions(self, torch: str | None) -> dict[str, Any]:
        return conditions_of(
            self.data,
            self.config.protocol,
            recipe_of(self.config, self.data.info, self.precision),
            self.limits,
            budgets_of(self.config),
            device=self.device,
            isolation=self.sandbox.isolation,
            torch=torch,
        )

    def accuracy(self, split: str, predicted: np.ndarray[Any, Any]) -> float:
        """Return the share (0..1) of class ids [M] that are the labels of a split."""
        return float(np.mean(predicted == self.data.labels[split]))

    def _score(self, run: Run, splits: Iterable[str]) -> dict[str, float]:
        if run.outcome != "ok":
            return {}
        return {split: self.accuracy(split, run.predictions[split]) for split in splits}

    def _steps(self, job: Job) -> int:
        return job.recipe.epochs * steps_per_epoch(self.data.n_train, job.recipe.batch_size)

    def _workload(self, splits: Iterable[str]) -> Workload:
        return workload_of(self.data, self.device, splits)


def hold_to_steps(run: Run, expected: int) -> Run:
    """Return the run, a `protocol_error` if it says itself that it trained otherwise than asked.

    It is a claim like any other: a program that trains itself can also lie about it.
    """
    taken = run.claimed.get("steps", expected)
    if run.outcome != "ok" or taken == expected:
        return run
    message = f"it reports {taken} training steps where {expected} were to be taken"
    return replace(run, outcome="protocol_error", message=message, predictions={}, weights=None)


def parameters_of(run: Run) -> int | None:
    """Return the number of parameters that a run claims."""
    parameters = run.claimed.get("parameters")
    return parameters if isinstance(parameters, int) else None


def measures_of(run: Run) -> dict[str, float]:
    """Return what else a run claims of its network."""
    return {name: run.claimed[name] for name in MEASURES if name in run.claimed}


def _evaluation(trained: Trained, split: str, conditions: dict[str, Any]) -> Evaluation:
    run = trained.run
    accuracy = trained.accuracies.get(split)
    return Evaluation(
        outcome=run.outcome,
        stage=run.stage,
        accuracy=accuracy,
        scores=[] if accuracy is None else [accuracy],
        split=split if accuracy is not None else None,
        message=run.message or (f"accuracy {accuracy:.4f}" if accuracy is not None else ""),
        line=run.line,
        line_number=run.line_number,
        module=run.module,
        shapes=list(run.shapes),
        same_as=None,
        near=None,
        similarity=None,
        repairs=[],
        parameters=parameters_of(run),
        precision=run.claimed.get("precision"),
        graph_hash=run.claimed.get("graph_hash"),
        measures=measures_of(run),
        seconds=dict(run.seconds),
        isolation=run.isolation,
        conditions=conditions,
        reused_from=None,
    )
