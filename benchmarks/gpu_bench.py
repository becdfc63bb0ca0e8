"""What the GPU checks share: images, programs, runs of them, and what the driver says."""

import argparse
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from langgraph_nas.evaluation.gpu import ask_gpu
from langgraph_nas.sandbox.base import Budgets, Job, Limits, Recipe, Run, Workload
from langgraph_nas.sandbox.machine import usable_cpus
from langgraph_nas.sandbox.warm import CellSandbox

BARE = Path(__file__).with_name("bare.py")
BATCH = 128
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
SEEDS = (43, 44, 45)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    check: str
    passed: bool | None
    """None: a figure to read, which can't be wrong."""
    said: str
    figures: dict[str, Any] = field(default_factory=dict)


class Bench:
    """Runs programs on the device.

    Args:
        sandbox: Where.
        given: The command line.
        folder: For the images.
    """

    def __init__(self, sandbox: CellSandbox, given: argparse.Namespace, folder: Path) -> None:
        self.sandbox, self.device, self.quick = sandbox, given.device, given.quick
        self.is_cuda = self.device == "cuda"
        self.folder = folder
        rows = [json.loads(line) for line in given.transcripts.read_text().splitlines()]
        numbers = [int(n) for n in given.programs.split(",")]
        self.programs = {number: str(rows[number - 1]["code"]) for number in numbers}
        self.seeds = SEEDS[:1] if self.quick else SEEDS
        images, labels = read_images(given.cifar)
        if self.quick:
            images, labels = images[:320], labels[:320]
        cut = len(images) - len(images) // 5 if len(images) < 60_000 else 50_000
        self.labels = labels[cut:]
        self.n_train, self.n_test = cut, len(self.labels)
        for name, part in (("train", slice(0, cut)), ("test", slice(cut, None))):
            (folder / name).mkdir()
            np.save(folder / name / "x.npy", images[part])
        np.save(folder / "train" / "y.npy", labels[:cut])
        self.cpus = 1 if self.quick else usable_cpus()
        self.limits = Limits(wall_seconds=600, memory_mb=16_384, cpus=float(self.cpus))

    def workload(self) -> Workload:
        """Return all images; the labels of the test part stay outside."""
        inputs = {"test": self.folder / "test"}
        shape = (3, 32, 32)
        return Workload(
            self.folder / "train", inputs, shape, 10, {"test": self.n_test}, self.device
        )

    def recipe(self, seed: int = 43, **changes: Any) -> Recipe:
        """Return the paper's protocol for one epoch, changed."""
        plain = Recipe(1, BATCH, 0.01, 0.9, 5e-4, seed, MEAN, STD, ("crop", "flip"))
        return replace(plain, **changes)

    def run(
        self,
        code: str,
        recipe: Recipe | None = None,
        *,
        limits: Limits | None = None,
        budgets: Budgets | None = None,
        send_weights: bool = False,
    ) -> Run:
        """Run one program, from a warm sandbox where there is one."""
        job = Job(code, recipe or self.recipe(), send_weights, budgets or Budgets())
        return self.sandbox.run(job, self.workload(), limits or self.limits)

    def run_all(self, jobs: Sequence[tuple[str, Recipe]], at_a_time: int) -> list[Run]:
        """Run several programs, some at a time."""
        self.warm(at_a_time)
        with ThreadPoolExecutor(at_a_time) as pool:
            return list(pool.map(lambda job: self.run(*job), jobs))

    def warm(self, spares: int = 1, limits: Limits | None = None) -> None:
        """Have sandboxes ready for the next runs."""
        self.sandbox.prewarm(self.workload(), limits or self.limits, spares)
        for spare in list(self.sandbox._spares):
            spare.wait()

    def accuracy(self, run: Run) -> float:
        """Return the share of the test labels that a run predicted; 0 for one that failed."""
        if run.outcome != "ok":
            return 0.0
        return float(np.mean(run.predictions["test"] == self.labels))

    def bare(self, kind: str, code: str, *arguments: int) -> dict[str, float]:
        """Return what bare.py prints of a program, in a process of its own."""
        file = self.folder / "bare.py"
        file.write_text(code)
        sizes = [str(value) for value in (*arguments, BATCH, self.cpus)]
        command = [sys.executable, str(BARE), kind, str(file), *sizes, self.device]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        printed: dict[str, float] = json.loads(done.stdout)
        return printed

    def used_mb(self) -> float:
        """Return the device memory that all processes together hold now, MiB."""
        return (ask_gpu("memory.used") or 0.0) if self.is_cuda else 0.0


def read_images(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return images uint8 [N, 3, 32, 32] and labels int64 [N] of official batches, test last."""
    folder = path / "cifar-10-batches-py" if (path / "cifar-10-batches-py").is_dir() else path
    files = [*sorted(folder.glob("data_batch_*")), folder / "test_batch"]
    batches = [read_batch(file) for file in (files if folder.is_dir() else [path])]
    images, labels = zip(*batches, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def read_batch(file: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return one official batch. It is a pickle: read only what you have from its makers."""
    with file.open("rb") as opened:
        batch = pickle.load(opened, encoding="bytes")
    return batch[b"data"].reshape(-1, 3, 32, 32), np.array(batch[b"labels"], dtype=np.int64)


def gpu_processes() -> str:
    """Return the processes that the driver lists, ours among them."""
    command = ["nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return f"nvidia-smi can't say: {error}"
    return "; ".join(done.stdout.split("\n")[:-1]) or "none"


def equal_tensors(one: Run, other: Run) -> Iterator[bool]:
    """Yield for each trained tensor whether two runs agree in it to the last bit."""
    assert one.weights is not None
    assert other.weights is not None
    for name, tensor in one.weights.items():
        yield bool(np.array_equal(tensor, other.weights[name], equal_nan=True))


def mebibytes(size: int) -> torch.Tensor:
    """Return a tensor on the GPU that holds so many MiB of its memory."""
    return torch.ones(size << 18, device="cuda")
