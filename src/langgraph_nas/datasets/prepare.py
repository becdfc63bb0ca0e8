"""A data set -> arrays that a sandbox mounts, and labels that stay with the host.

```
cache/<data set>/raw/{train,test}/{x,y}.npy     decoded once (see `raw`); never mounted
cache/<data set>/<protocol, seed, samples>/
    train/{x,y}.npy                             mounted
    inputs/{validation,test}/x.npy              mounted
    host/{validation,test}.npy                  labels of the scored splits; never mounted
    facts.json                                  what was met in the images
```

The images of a scored split lie in a random order, and its labels in the same one. So a network
that looks across its batch finds nothing there, and the order tells nothing of the classes.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.config import Protocol
from langgraph_nas.datasets import cache as arrays
from langgraph_nas.datasets.folder import ImageFolder
from langgraph_nas.datasets.info import DatasetInfo, find_row, info_of
from langgraph_nas.datasets.pixels import Reading
from langgraph_nas.datasets.raw import FACTS, OnProgress, picked, raw_arrays
from langgraph_nas.datasets.splits import split_indices, split_sizes
from langgraph_nas.datasets.table import Row

_CHANCE = 0.1
"""So much above one in the number of classes, what always naming one class scores is told."""


@dataclass(frozen=True)
class PreparedData:
    """Data ready for a search: what the sandbox sees, and what the host keeps."""

    info: DatasetInfo
    """With the batch size that fits `n_train`."""
    train: Path
    """Folder with `x.npy` (uint8 [N, C, H, W]) and `y.npy` (int64 [N])."""
    inputs: Mapping[str, Path]
    """Split name -> folder with `x.npy` (uint8 [M, C, H, W]) alone, in no order of the classes."""
    labels: Mapping[str, np.ndarray[tuple[int], np.dtype[np.int64]]]
    """Split name -> labels [M]; the files they come from are below none of these folders."""
    n_train: int
    scored_split: str
    """What steers the search: `validation`, or `test` in protocol `paper`."""
    fingerprint: str
    """Checksum of all arrays: another one means other data."""
    former_fingerprint: str | None = None
    """What it would be with the test images in their source's order, as they lay before."""
    reading: Reading | None = None
    """How image files become these arrays; None: not known."""
    notes: tuple[str, ...] = ()
    """Sentences on what was taken and left out, and on what makes scores mislead."""


def prepare(
    name: str,
    *,
    cache: Path | None = None,
    root: Path | None = None,
    seed: int = 43,
    train_samples: int | None = None,
    protocol: Protocol = "validation",
    attribute: str = "Smiling",
    download: bool = True,
    on_progress: OnProgress | None = None,
) -> PreparedData:
    """Return a data set as arrays on disk, made on first use and checked on every other.

    Args:
        name: A name of `dataset_names()`, or `folder:` and a path.
        cache: Folder for arrays; default: `default_cache()`.
        root: Folder where torchvision looks for the files; default: `default_root()`.
        seed: Seed of the shuffle that validation and training samples are taken from.
        train_samples: Number of images to train on; default: all but those for validation.
        protocol: `validation` holds images of train out and leaves test to the finalists;
            `paper` trains on all of train and has only the split `test`.
        attribute: The attribute learnt on celeba.
        download: Whether missing files may be downloaded.
        on_progress: Called now and then while images are decoded.

    Raises:
        DatasetError: Unknown, missing or unusable data, or more samples than there are.
        StorageError: The disk is full or read-only.
    """
    return prepare_row(
        find_row(name, root=root, attribute=attribute),
        cache=cache or arrays.default_cache(),
        root=root or arrays.default_root(),
        choice=Choice(seed, train_samples, protocol),
        download=download,
        on_progress=on_progress or (lambda message, done, total: None),
    )


@dataclass(frozen=True)
class Choice:
    """What of a data set a search trains on."""

    seed: int
    train_samples: int | None
    protocol: Protocol

    @property
    def folder(self) -> str:
        """Name of the folder with these splits."""
        return f"{self.protocol}-seed{self.seed}-{self.train_samples or 'all'}"

    @property
    def takes_all(self) -> bool:
        """Whether train is used whole and in its own order."""
        return self.protocol == "paper" and self.train_samples is None


def prepare_row(
    row: Row, *, cache: Path, root: Path, choice: Choice, download: bool, on_progress: OnProgress
) -> PreparedData:
    """Return the data set of a row of the table as arrays on disk (see `prepare`)."""
    n_train, _ = split_sizes(row.train_size, choice.train_samples, choice.protocol)
    facts = made_from_files(row)
    home = cache.expanduser().absolute() / _folder_name(row)
    target = home / _split_folder(row, choice)
    made_from = {**facts, "choice": choice.folder, "label_column": row.label_column}
    if not arrays.is_intact(target, made_from):
        name = row.name
        with arrays.locked(home, lambda: on_progress(f"{name}: waiting for its lock", 0, 0)):
            # Another process may have built it while this one waited.
            if not arrays.is_intact(target, made_from):
                raw = raw_arrays(row, home, facts, root, download, on_progress)
                on_progress(f"{name}: splitting", 0, 0)
                arrays.build(target, made_from, lambda to: _write_splits(row, choice, raw, to))
    return _read(row, target, n_train, choice)


def _write_splits(row: Row, choice: Choice, raw: Path, to: Path) -> None:
    test_labels = _labels(row, raw / "test")
    arrays.share(raw / "test" / "x.npy", to / "inputs" / "test" / "x.npy")
    _write_facts(raw, test_labels, to)
    arrays.write_labels(to / "host" / "test.npy", test_labels)
    labels = _labels(row, raw / "train")
    if choice.takes_all:
        arrays.share(raw / "train" / "x.npy", to / "train" / "x.npy")
        arrays.write_labels(to / "train" / "y.npy", labels)
        return
    pixels = np.load(raw / "train" / "x.npy", mmap_mode="r", allow_pickle=False)
    train, validation = split_indices(
        len(labels), choice.seed, choice.train_samples, choice.protocol
    )
    arrays.write_rows(to / "train" / "x.npy", (len(train), *row.shape), picked(pixels, train))
    arrays.write_labels(to / "train" / "y.npy", labels[train])
    if choice.protocol == "validation":
        place = to / "inputs" / "validation" / "x.npy"
        arrays.write_rows(place, (len(validation), *row.shape), picked(pixels, validation))
        arrays.write_labels(to / "host" / "validation.npy", labels[validation])


def _write_facts(raw: Path, test_labels: np.ndarray[Any, Any], to: Path) -> None:
    """Write what is known of the images, and the checksums of test in its source's order."""
    facts = arrays.read_facts(raw / FACTS)
    order = np.load(raw / "test" / "order.npy", allow_pickle=False)
    place = to / "host" / "test.npy"
    arrays.write_labels(place, test_labels[np.argsort(order)])
    former = {"inputs/test/x.npy": facts["source_test"], "host/test.npy": arrays.file_entry(place)}
    kept = {"reading": facts["reading"], "notes": facts["notes"], "former": former}
    arrays.write_facts(to / FACTS, kept)


def _labels(row: Row, folder: Path) -> np.ndarray[Any, Any]:
    labels: np.ndarray[Any, Any] = np.load(folder / "y.npy", allow_pickle=False)
    return labels if row.label_column is None else labels[:, row.label_column]


def _read(row: Row, target: Path, n_train: int, choice: Choice) -> PreparedData:
    splits = ("validation", "test") if choice.protocol == "validation" else ("test",)
    labels = {
        split: np.load(target / "host" / f"{split}.npy", allow_pickle=False) for split in splits
    }
    trained = np.load(target / "train" / "y.npy", allow_pickle=False)
    facts = arrays.read_facts(target / FACTS)
    of_folder = row.source.notes if isinstance(row.source, ImageFolder) else ()
    return PreparedData(
        info=info_of(row, n_train),
        train=target / "train",
        inputs={split: target / "inputs" / split for split in splits},
        labels=labels,
        n_train=n_train,
        scored_split=splits[0],
        fingerprint=arrays.fingerprint_of(target),
        former_fingerprint=arrays.fingerprint_of(target, facts["former"]),
        reading=Reading(**facts["reading"]),
        notes=(*of_folder, *facts["notes"], *_chance_notes(row, trained, labels)),
    )


def _chance_notes(
    row: Row, trained: np.ndarray[Any, Any], scored: Mapping[str, np.ndarray[Any, Any]]
) -> Iterator[str]:
    """Say what always naming the most frequent class scores, where that is more than it seems."""
    counts = np.bincount(np.concatenate([trained, *scored.values()]), minlength=len(row.classes))
    largest = int(counts.argmax())
    share = counts[largest] / counts.sum()
    if share >= 1 / len(row.classes) + _CHANCE:
        scores = " and ".join(
            f"{np.mean(ids == largest):.3f} on {split}" for split, ids in scored.items()
        )
        yield (
            f"{share:.0%} of the images are of one class, {row.classes[largest]}: a network that "
            f"always says so scores {scores}."
        )


def made_from_files(row: Row) -> dict[str, Any]:
    """Return what the decoded arrays are made from, apart from the official files."""
    facts: dict[str, Any] = {
        "shape": list(row.shape),
        "images": [row.train_size, row.test_size],
    }
    if isinstance(row.source, ImageFolder):
        facts["files"] = row.source.fingerprint
    return facts


def _folder_name(row: Row) -> str:
    if not isinstance(row.source, ImageFolder):
        return row.name
    path = str(row.source.path).encode("utf-8", "surrogateescape")
    return f"folder-{hashlib.sha256(path).hexdigest()[:12]}"


def _split_folder(row: Row, choice: Choice) -> str:
    """Return the name of the folder of splits: never the same for different labels or files.

    So a search that still runs keeps its arrays when the user's images have changed.
    """
    parts = [choice.folder]
    if row.label_column is not None:
        parts.append(row.classes[1])
    if isinstance(row.source, ImageFolder):
        parts.append(row.source.fingerprint)
    return "-".join(parts)
