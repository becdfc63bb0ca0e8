"""A data set of a few random images, and the task that it is."""

from pathlib import Path

import numpy as np

from langgraph_nas.datasets import DatasetInfo, PreparedData, get_info
from langgraph_nas.task import Task


def tiny_data(folder: Path, *, n_train: int = 32, n_scored: int = 100) -> PreparedData:
    """Return random 8x8 images of 10 classes, laid out as `prepare` does."""
    rng = np.random.default_rng(0)
    info: DatasetInfo = get_info("digits")
    for path, n in (("train", n_train), ("inputs/validation", n_scored), ("inputs/test", n_scored)):
        (folder / path).mkdir(parents=True, exist_ok=True)
        np.save(folder / path / "x.npy", rng.integers(0, 256, (n, *info.shape), dtype=np.uint8))
    np.save(folder / "train" / "y.npy", np.arange(n_train, dtype=np.int64) % 10)
    labels = np.arange(n_scored, dtype=np.int64) % 10
    return PreparedData(
        info=info,
        train=folder / "train",
        inputs={split: folder / "inputs" / split for split in ("validation", "test")},
        labels={"validation": labels, "test": labels},
        n_train=n_train,
        scored_split="validation",
        fingerprint="tiny",
    )


def tiny_task() -> Task:
    """Return the task of `tiny_data`."""
    info = get_info("digits")
    return Task(
        dataset=info.name,
        shape=info.shape,
        classes=info.classes,
        batch_size=info.batch_size,
        n_train=32,
        sizes={"validation": 100, "test": 100},
        scored_split="validation",
        fingerprint="tiny",
    )
