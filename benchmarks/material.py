"""What the benchmarks share: recorded programs, and parts of CIFAR-10 as a sandbox's workload."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from langgraph_nas.datasets import prepare
from langgraph_nas.sandbox.base import Recipe, Workload


@dataclass(frozen=True)
class Program:
    """A recorded program and what its own search logged."""

    number: int
    """Line in the file, from 1."""
    code: str
    accuracy: float | None
    """None: it failed."""


def recorded_programs() -> list[Program]:
    """Return the programs of NAS_TEST_DATA's transcripts."""
    folder = os.environ.get("NAS_TEST_DATA")
    files = sorted((Path(folder) / "transcripts").glob("*.jsonl")) if folder else []
    if not files:
        sys.exit("set NAS_TEST_DATA to a folder that holds transcripts/*.jsonl")
    rows = [json.loads(line) for line in files[0].read_text().splitlines()]
    return [Program(n, row["code"], row["accuracy"]) for n, row in enumerate(rows, start=1)]


class Cifar:
    """The official CIFAR-10, parts of which become workloads in a folder.

    Args:
        root: Folder with cifar-10-batches-py.
        folder: Where the parts are written.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self.data = prepare("cifar10", root=root, protocol="paper")
        self.labels = self.data.labels["test"]

    def workload(self, n_train: int, n_test: int) -> Workload:
        """Return the first images of train and test; the test labels stay outside."""
        train, test = self.folder / f"train-{n_train}", self.folder / f"test-{n_test}"
        for part, whole, n in ((train, self.data.train, n_train), (test, self.test, n_test)):
            part.mkdir(parents=True, exist_ok=True)
            save_part(whole / "x.npy", part / "x.npy", n)
        save_part(self.data.train / "y.npy", train / "y.npy", n_train)
        info = self.data.info
        return Workload(train, {"test": test}, info.shape, len(info.classes), {"test": n_test})

    @property
    def test(self) -> Path:
        """Folder of the test images."""
        return self.data.inputs["test"]

    def recipe(self, seed: int = 43) -> Recipe:
        """Return the paper's protocol for one epoch."""
        info = self.data.info
        return Recipe(1, 128, 0.01, 0.9, 5e-4, seed, info.mean, info.std, info.augment)

    def accuracy(self, predictions: np.ndarray) -> float:  # type: ignore[type-arg]
        """Return the share of the first test images that are right."""
        return float(np.mean(predictions == self.labels[: len(predictions)]))


def save_part(source: Path, target: Path, n: int) -> None:
    """Write the first n rows of an array."""
    np.save(target, np.load(source, mmap_mode="r")[:n])
