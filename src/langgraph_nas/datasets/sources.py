"""Where pixels and labels come from: torchvision's readers, scikit-learn, image files.

torchvision downloads and checks its files; what it does not check (unpacked IDX files, unpacked
images) is checked here by the official number of images.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from langgraph_nas.datasets.class_names import CELEBA_ATTRIBUTES
from langgraph_nas.datasets.folder import ImageFolder, list_images
from langgraph_nas.datasets.idx import has_packed, read_packed
from langgraph_nas.datasets.images import decode_images
from langgraph_nas.datasets.missing import missing, raise_if_disk
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


def read_split(row: Row, split: Split, *, root: Path, download: bool) -> Images:
    """Open one split of a data set, downloading it first where that is needed and allowed.

    Args:
        row: The data set.
        split: `train` or `test`.
        root: Folder where torchvision looks for the files, and downloads them to.
        download: Whether missing files may be downloaded.

    Raises:
        DatasetError: It is not there and can't be downloaded, or is damaged or incomplete.
        StorageError: The disk is full.
    """
    images = _READERS[row.reader](row, split, root, download)
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


def _cifar(row: Row, split: Split, root: Path, download: bool) -> Images:
    data = _open(row, root, download, train=split == "train")
    return _from_array(data.data.transpose(0, 3, 1, 2), data.targets)


def _mnist(row: Row, split: Split, root: Path, download: bool) -> Images:
    if has_packed(root):
        try:
            images, labels = read_packed(root, split, row.mean[0])
        except ValueError as error:
            raise missing(row, root, error, tried_download=False) from error
        return _from_array(images[:, None], labels)
    data = _open(row, root, download, train=split == "train")
    return _from_array(data.data.numpy()[:, None], data.targets.numpy())


def _svhn(row: Row, split: Split, root: Path, download: bool) -> Images:
    data = _open(row, root, download, split=split)
    return _from_array(data.data, data.labels)


def _imagenette(row: Row, split: Split, root: Path, download: bool) -> Images:
    folder = "train" if split == "train" else "val"
    data = _open(row, root, download, split=folder, size="160px")
    files = list_images(root / "imagenette2-160" / folder, tuple(data.wnids))
    return Images(files.labels, decode_images(files.paths, row.shape[1]))


def _celeba(row: Row, split: Split, root: Path, download: bool) -> Images:
    data = _open(row, root, download, split=split)
    names = tuple(name for name in data.attr_names if name)
    if names != CELEBA_ATTRIBUTES:
        raise DatasetError(f"{root}/celeba/list_attr_celeba.txt names other attributes: {names}.")
    paths = [root / "celeba" / "img_align_celeba" / name for name in data.filename]
    return Images(data.attr.numpy().astype(np.int64), decode_images(paths, row.shape[1]))


def _digits(row: Row, split: Split, root: Path, download: bool) -> Images:
    from sklearn.datasets import load_digits

    data = load_digits()
    pixels = np.rint(data.images * (255 / 16)).astype(np.uint8)[:, None]
    train, test = split_off_test(data.target)
    chosen = train if split == "train" else test
    return _from_array(pixels[chosen], data.target[chosen])


def _folder(row: Row, split: Split, root: Path, download: bool) -> Images:
    folder: ImageFolder = row.source
    files = folder.train if split == "train" else folder.test
    return Images(files.labels, decode_images(files.paths, row.shape[1]))


_READERS: dict[str, Callable[[Row, Split, Path, bool], Images]] = {
    "cifar": _cifar,
    "mnist": _mnist,
    "svhn": _svhn,
    "imagenette": _imagenette,
    "celeba": _celeba,
    "digits": _digits,
    "folder": _folder,
}


def _open(row: Row, root: Path, download: bool, **options: Any) -> Any:
    """Return torchvision's data set, or say where it was looked for and what to do."""
    from torchvision import datasets

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
