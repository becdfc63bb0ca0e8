"""Sources of pixels and labels: torchvision's readers, scikit-learn, image files.

torchvision downloads and checks its files; what it does not check (unpacked IDX files, unpacked
images) is checked here by the official number of images.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from langgraph_nas.datasets.class_names import CELEBA_ATTRIBUTES
from langgraph_nas.datasets.folder import ImageFolder, list_images
from langgraph_nas.datasets.idx import has_packed, read_packed
from langgraph_nas.datasets.images import decode_images, deep_range
from langgraph_nas.datasets.missing import missing, raise_if_disk
from langgraph_nas.datasets.pixels import Reading
from langgraph_nas.datasets.seen import Seen
from langgraph_nas.datasets.splits import split_off_test
from langgraph_nas.datasets.table import Row
from langgraph_nas.errors import DatasetError

Split = Literal["train", "test"]
Array = np.ndarray[Any, Any]

_BATCH = 4096
_CONNECT_SECONDS = 15
"""Silence of a server after which a download is given up."""


@dataclass(frozen=True)
class Images:
    """One split of a data set, its pixels read batch by batch."""

    labels: Array
    """int64 [N], or [N, A] where there are several labels to choose from."""
    batches: Iterator[Array]
    """uint8 [b, C, H, W] each, N images in all."""


@dataclass(frozen=True)
class Request:
    """What is wanted of a data set, and how."""

    row: Row
    split: Split
    root: Path
    """Folder where torchvision looks for the files, and downloads them to."""
    download: bool
    """Whether missing files may be downloaded."""
    seen: Seen
    """Says how image files are read, and takes what is met in them."""


def reading_of(row: Row) -> Reading:
    """Return how image files become pixels; a user's images of more than 8 bits are looked at."""
    mode = "RGB" if row.shape[0] == 3 else "L"
    reading = Reading(mode, row.shape[1], maximum=row.maximum)
    if not isinstance(row.source, ImageFolder):
        return reading
    ends = deep_range([*row.source.train.paths, *row.source.test.paths])
    return reading if ends is None else replace(reading, low=ends[0], high=ends[1])


def read_split(
    row: Row, split: Split, *, root: Path, download: bool, seen: Seen | None = None
) -> Images:
    """Open one split of a data set, downloading it first where that is needed and allowed.

    Args:
        row: The data set.
        split: `train` or `test`.
        root: Folder where torchvision looks for the files, and downloads them to.
        download: Whether missing files may be downloaded.
        seen: Says how image files are read, and takes what is met in them; the caller checks it
            when all have been read. Default: nothing is checked but arrays.

    Raises:
        DatasetError: It is not there and can't be downloaded, or is damaged or incomplete.
        StorageError: The disk is full.
    """
    images = _READERS[row.reader](
        Request(row, split, root, download, seen or Seen(reading_of(row)))
    )
    wanted = row.train_size if split == "train" else row.test_size
    if len(images.labels) != wanted:
        raise DatasetError(
            f"The {split} set of {row.name} in {root} has {len(images.labels):,} images instead "
            f"of {wanted:,}: remove it ({row.files}) to have it unpacked again."
        )
    if row.label_column is None and not set(np.unique(images.labels)) <= set(
        range(len(row.classes))
    ):
        raise DatasetError(
            f"The {split} set of {row.name} in {root} has labels that are none of its "
            f"{len(row.classes)} classes: remove it ({row.files}) to have it unpacked again."
        )
    return images


def _cifar(request: Request) -> Images:
    data = _open(request, train=request.split == "train")
    return _from_array(data.data.transpose(0, 3, 1, 2), data.targets)


def _mnist(request: Request) -> Images:
    row, root = request.row, request.root
    if has_packed(root):
        try:
            images, labels = read_packed(root, request.split, row.mean[0])
        except ValueError as error:
            raise missing(row, root, error, tried_download=False) from error
        return _from_array(images[:, None], labels)
    data = _open(request, train=request.split == "train")
    return _from_array(data.data.numpy()[:, None], data.targets.numpy())


def _svhn(request: Request) -> Images:
    data = _open(request, split=request.split)
    return _from_array(data.data, data.labels)


def _imagenette(request: Request) -> Images:
    folder = "train" if request.split == "train" else "val"
    data = _open(request, split=folder, size="160px")
    files = list_images(request.root / "imagenette2-160" / folder, tuple(data.wnids))
    return _from_files(request, files.paths, files.labels)


def _celeba(request: Request) -> Images:
    data = _open(request, split=request.split)
    names = tuple(name for name in data.attr_names if name)
    folder = request.root / "celeba"
    if names != CELEBA_ATTRIBUTES:
        raise DatasetError(f"{folder}/list_attr_celeba.txt names other attributes: {names}.")
    paths = [folder / "img_align_celeba" / name for name in data.filename]
    return _from_files(request, paths, data.attr.numpy().astype(np.int64))


def _digits(request: Request) -> Images:
    from sklearn.datasets import load_digits

    data = load_digits()
    pixels = np.rint(data.images * (255 / request.row.maximum)).astype(np.uint8)[:, None]
    train, test = split_off_test(data.target)
    chosen = train if request.split == "train" else test
    return _from_array(pixels[chosen], data.target[chosen])


def _folder(request: Request) -> Images:
    folder: ImageFolder = request.row.source
    files = folder.train if request.split == "train" else folder.test
    return _from_files(request, files.paths, files.labels, compare=True)


_READERS: dict[str, Callable[[Request], Images]] = {
    "cifar": _cifar,
    "mnist": _mnist,
    "svhn": _svhn,
    "imagenette": _imagenette,
    "celeba": _celeba,
    "digits": _digits,
    "folder": _folder,
}


def _open(request: Request, **options: Any) -> Any:
    """Return torchvision's data set, or say where it was looked for and what to do."""
    from torchvision import datasets

    row, root, download = request.row, request.root, request.download
    dataset = getattr(datasets, row.source) if isinstance(row.source, str) else row.source
    try:
        with _timeout():
            return dataset(root, download=download, **options)
    # Wide on purpose: besides its own RuntimeError, whatever urllib, tarfile, pickle, zlib, scipy
    # or an assert in a reader raise means the same: the files are not there or are damaged.
    except Exception as error:
        raise_if_disk(error, root)
        raise missing(row, root, error, tried_download=download) from error


@contextmanager
def _timeout() -> Iterator[None]:
    """Give connections that set no timeout of their own, such as torchvision's, a short one."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_CONNECT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _from_array(pixels: Array, labels: Any) -> Images:
    batches = (pixels[start : start + _BATCH] for start in range(0, len(pixels), _BATCH))
    return Images(np.asarray(labels, dtype=np.int64), batches)


def _from_files(
    request: Request, paths: Sequence[Path], labels: Array, *, compare: bool = False
) -> Images:
    taker = request.seen.taker(request.split, paths, labels if compare else None)
    return Images(labels, decode_images(paths, request.seen.reading, taker))
