"""Train networks of a search again after it, for more epochs or with other seeds; record each."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.archive import Archive, TrainingRow
from langgraph_nas.config import SearchConfig
from langgraph_nas.datasets import PreparedData
from langgraph_nas.errors import SearchStopped
from langgraph_nas.evaluation import Sandboxed, Trained, is_sandboxed, measures_of, parameters_of
from langgraph_nas.outcomes import OUTCOMES
from langgraph_nas.programs import program_hash
from langgraph_nas.runs.announcing import OnEvent
from langgraph_nas.sandbox.base import Sandbox
from langgraph_nas.sandbox.launch import threads
from langgraph_nas.sandbox.machine import usable_cpus
from langgraph_nas.session import (
    OnProgress,
    open_config_sandbox,
    prepare_data,
    refuse_changed,
    sole_owner,
    with_device_memory,
)

REFERENCE = 0
"""Iteration under which the hand-written ResNet-9 is recorded: those of trials begin at 1."""

_NO_BUDGETS = {"max_params": None, "max_macs": None, "max_latency": None, "max_memory": None}

Key = tuple[int, int, int]
"""Iteration, epochs, seed."""


@dataclass(frozen=True)
class Network:
    """A network to train: of a trial, or the reference."""

    iteration: int
    program: str

    @property
    def label(self) -> str:
        """What people call it."""
        return "ResNet-9" if self.iteration == REFERENCE else f"iteration {self.iteration}"

    @cached_property
    def program_hash(self) -> str:
        """Of its program: that of the reference may be another one in another version."""
        return program_hash(self.program)


@dataclass(frozen=True)
class Training:
    """One training that is wanted."""

    network: Network
    epochs: int
    seed: int
    number: int
    """Of the network's trainings of so many epochs, from 1."""

    @property
    def key(self) -> Key:
        """Under which it is recorded."""
        return (self.network.iteration, self.epochs, self.seed)


def trainings_of(
    networks: Sequence[Network], epochs: int, seeds: int, config: SearchConfig
) -> list[Training]:
    """Return the trainings of each network: `seeds` times, for `epochs` epochs.

    Each has a seed of its own, that no other network or number of epochs shares: luck is
    then independent, as the statistics take it to be. In the paper's recipe, which has no
    schedule, the first epoch of a longer training would be just that of the short one.
    """
    return [
        Training(network, epochs, seed_of(config.seed, network.iteration, epochs, number), number)
        for network in networks
        for number in range(1, seeds + 1)
    ]


def seed_of(seed: int, iteration: int, epochs: int, number: int) -> int:
    """Return the seed of one training, the same each time; below 2^31."""
    state = np.random.SeedSequence([seed, iteration, epochs, number]).generate_state(1)
    return int(state[0]) % 2**31


@dataclass
class Retraining:
    """Trains networks of one search, and keeps what is recorded of them."""

    name: str
    archive: Archive
    config: SearchConfig
    """Of the search."""
    data: PreparedData
    sandbox: Sandbox
    time_limit: float | None
    """Wall seconds of a training; None: the search's, for each time its epochs."""
    tell: OnEvent
    stop: threading.Event
    rows: dict[Key, TrainingRow] = field(default_factory=dict)
    """What is recorded."""

    def run(self, wanted: Sequence[Training], *, keep_test: bool) -> None:
        """Train what is not recorded yet.

        Args:
            wanted: In the order in which it is trained.
            keep_test: Also predict the test images. Nobody looks at their labels before
                `score_test`.

        Raises:
            SandboxError: The sandbox itself failed.
            SearchStopped: `stop` was set. In both cases what is finished is recorded.
        """
        self._read()
        missing = [training for training in wanted if not self._is_booked(training, keep_test)]
        self.tell(
            {
                "event": "trainings_planned",
                "trainings": len(missing),
                "epochs": sum(training.epochs for training in missing),
                "booked": len(wanted) - len(missing),
                "split": self.data.scored_split,
            }
        )
        for place, training in enumerate(missing, start=1):
            self._train(training, place, len(missing), keep_test)
        self._read()

    def score_test(self, training: Training) -> None:
        """Compare what a training predicted for the test images with their labels; record it."""
        row = self.rows[training.key]
        if row["outcome"] != "ok" or "test" in row["accuracies"]:
            return
        predicted = np.frombuffer(row["unscored"] or b"", dtype="<u2")
        accuracy = self._evaluator(training).accuracy("test", predicted)
        row["accuracies"] = {**row["accuracies"], "test": accuracy}
        self.archive.record_test_accuracy(self.name, *training.key, row["accuracies"])

    def limit_of(self, epochs: int) -> float:
        """Return the wall seconds that a training of so many epochs may take."""
        scale = max(1.0, epochs / self.config.epochs)
        return self.time_limit or self.config.time_limit * scale

    def _read(self) -> None:
        self.rows = {
            (row["iteration"], row["epochs"], row["seed"]): row
            for row in self.archive.trainings(self.name)
        }

    def _is_booked(self, training: Training, keep_test: bool) -> bool:
        row = self.rows.get(training.key)
        if row is None or not OUTCOMES[row["outcome"]].is_final:
            return False
        if row["program_hash"] != training.network.program_hash:
            return False
        has_test = row["unscored"] is not None or "test" in row["accuracies"]
        return row["outcome"] != "ok" or has_test or not keep_test

    def _train(self, training: Training, place: int, of: int, keep_test: bool) -> None:
        facts = {
            "label": training.network.label,
            "iteration": training.network.iteration,
            "run": training.number,
            "epochs": training.epochs,
            "number": place,
            "of": of,
        }
        self.tell({"event": "training_started", **facts})
        split = self.data.scored_split
        unscored = ["test"] if keep_test and split != "test" else []
        evaluator = self._evaluator(training)

        def on_event(event: dict[str, Any]) -> None:
            self.tell(event)
            trains = event["event"] == "stage" and event["stage"] == "train"
            if trains and place < of and self._warms(evaluator):
                evaluator.prewarm(splits=[split, *unscored])

        trained = evaluator.train(
            training.network.program,
            splits=[split],
            unscored=unscored,
            seed=training.seed,
            on_event=on_event,
            cancel=self.stop,
        )
        if self.stop.is_set():
            raise SearchStopped("stopped; what is trained is kept: the same command goes on")
        self._record(training, trained)
        ended = {"outcome": trained.run.outcome, "accuracy": trained.accuracies.get(split)}
        seconds = trained.run.seconds.get("total", 0.0)
        self.tell({"event": "training_ended", **facts, **ended, "seconds": seconds})

    def _warms(self, evaluator: Sandboxed) -> bool:
        """Return whether a sandbox may be started beside a training without slowing it down."""
        return evaluator.device == "cuda" or threads(evaluator.limits) < usable_cpus()

    def _record(self, training: Training, trained: Trained) -> None:
        run = trained.run
        kept = run.predictions.get("test") if "test" not in trained.accuracies else None
        self.archive.record_training(
            self.name,
            *training.key,
            program_hash=training.network.program_hash,
            outcome=run.outcome,
            message=run.message,
            accuracies=trained.accuracies,
            unscored=None if kept is None else kept.astype("<u2").tobytes(),
            parameters=parameters_of(run),
            measures=measures_of(run),
            seconds=run.seconds.get("total", 0.0),
            time_limit=self.limit_of(training.epochs),
            isolation=run.isolation,
        )

    def _evaluator(self, training: Training) -> Sandboxed:
        # Budgets are on what the search proposes: the reference is what it is.
        free = _NO_BUDGETS if training.network.iteration == REFERENCE else {}
        changes = {"epochs": training.epochs, "time_limit": self.limit_of(training.epochs), **free}
        return Sandboxed(self.sandbox, self.data, self.config.model_copy(update=changes))


@contextmanager
def open_retraining(
    name: str,
    database: Path,
    *,
    time_limit: float | None,
    sandbox: Sandbox | None,
    on_event: OnEvent | None,
    on_progress: OnProgress | None,
    stop: threading.Event | None,
    build_image: bool,
) -> Iterator[Retraining]:
    """Yield what trains networks of a search; its sandbox and archive are closed at the end.

    Raises:
        UsageError: There is no such search, its data has changed, or another process runs it.
    """
    tell = on_progress or (lambda line: None)
    with ExitStack() as stack:
        archive = stack.enter_context(Archive.open(database, create=False))
        config = SearchConfig.model_validate(archive.search(name)["settings"])
        stack.enter_context(sole_owner(name, database))
        data = prepare_data(config, tell)
        if is_sandboxed(config):  # else its scores are of no images
            refuse_changed(name, archive, data)
        config = with_device_memory(config, [])
        yield Retraining(
            name=name,
            archive=archive,
            config=config,
            data=data,
            sandbox=sandbox or open_config_sandbox(stack, config, build_image, tell),
            time_limit=time_limit,
            tell=on_event or (lambda event: None),
            stop=stop or threading.Event(),
        )
