"""A data set decoded once: all of its images and labels, test in a random order.

The order is the same for all searches, so that they share the test images on disk and their scores
compare. It is drawn from the images and labels as they came: what runs in a sandbox can know the
images but not how they were sorted, and so it can't find its way back.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np

from langgraph_nas.datasets import cache as arrays
from langgraph_nas.datasets.seen import Seen
from langgraph_nas.datasets.sources import Images, Split, read_split, reading_of
from langgraph_nas.datasets.splits import Indices
from langgraph_nas.datasets.table import Row

OnProgress = Callable[[str, int, int], None]
"""Called with what is done, and how many of how many images; 0 of 0 where that is not known."""

FACTS = "facts.json"
"""In `raw` and in each folder of splits: what was met in the images."""
_BATCH = 2048


def raw_arrays(
    row: Row,
    home: Path,
    made_from: Mapping[str, Any],
    root: Path,
    download: bool,
    on_progress: OnProgress,
) -> Path:
    """Return the folder of the decoded data set, decoding it where it is not yet there."""
    raw = home / "raw"
    if arrays.is_intact(raw, made_from):
        return raw

    def write(to: Path) -> None:
        on_progress(f"{row.name}: looking at the images", 0, 0)
        seen = Seen(reading_of(row))
        for split in get_args(Split):
            on_progress(f"{row.name}: reading {split}", 0, 0)
            images = read_split(row, split, root=root, download=download, seen=seen)
            _write_images(row, split, images, to / split, on_progress)
        seen.check()
        source = arrays.file_entry(to / "test" / "source.npy")
        _shuffle(to / "test")
        facts = {"reading": asdict(seen.reading), "notes": list(seen.notes())}
        arrays.write_facts(to / FACTS, {**facts, "source_test": source})

    arrays.build(raw, made_from, write)
    return raw


def picked(pixels: np.ndarray[Any, Any], indices: Indices) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the images of these indices in batches."""
    for start in range(0, len(indices), _BATCH):
        yield pixels[indices[start : start + _BATCH]]


def _write_images(
    row: Row, split: Split, images: Images, to: Path, on_progress: OnProgress
) -> None:
    total = len(images.labels)

    def counted() -> Iterator[np.ndarray[Any, Any]]:
        done = 0
        for batch in images.batches:
            yield batch
            done += len(batch)
            on_progress(f"{row.name}: decoding {split}", done, total)

    name = "x.npy" if split == "train" else "source.npy"
    arrays.write_rows(to / name, (total, *row.shape), counted())
    arrays.write_labels(to / "y.npy", images.labels)


def _shuffle(folder: Path) -> None:
    """Write the images of `source.npy` to `x.npy` in a random order, and the labels likewise."""
    source = folder / "source.npy"
    pixels = np.load(source, mmap_mode="r", allow_pickle=False)
    labels = np.load(folder / "y.npy", allow_pickle=False)
    digest = hashlib.sha256(labels.tobytes())
    for start in range(0, len(pixels), _BATCH):
        digest.update(pixels[start : start + _BATCH].tobytes())
    rng = np.random.default_rng(int.from_bytes(digest.digest()))
    order = rng.permutation(len(pixels))
    arrays.write_rows(folder / "x.npy", pixels.shape, picked(pixels, order))
    arrays.write_labels(folder / "y.npy", labels[order])
    arrays.write_labels(folder / "order.npy", order)
    del pixels
    source.unlink()
