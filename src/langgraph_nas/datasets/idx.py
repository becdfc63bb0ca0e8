"""MNIST's IDX files as they were published: four .gz files in one folder, unpacked while read.

So Debian ships Fashion-MNIST (package dataset-fashion-mnist), in a folder that one can't write to.
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_PARTS = {"train": "train", "test": "t10k"}
_BYTES = 8
"""IDX's code for unsigned bytes."""

_FAR = 0.05
"""Difference of mean brightness from which images are those of another data set."""


def has_packed(root: Path) -> bool:
    """Tell whether the four files lie in this very folder."""
    return all(path.is_file() for part in _PARTS for path in _paths(root, part))


def read_packed(root: Path, split: str, mean: float) -> tuple[Array, Array]:
    """Return images (uint8 [N, H, W]) and labels (uint8 [N]) of one split.

    Args:
        root: The folder with the four files.
        split: `train` or `test`.
        mean: Mean brightness in 0..1 of the images. MNIST and Fashion-MNIST are files of the same
            names, and this tells which they are.

    Raises:
        ValueError: The files are damaged, or hold something else.
    """
    images, labels = (_read(path) for path in _paths(root, split))
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError("images and labels do not fit together")
    found = float(images.mean()) / 255
    if abs(found - mean) > _FAR:
        raise ValueError(
            f"the files hold another data set: mean brightness {found:.2f}, not {mean:.2f}"
        )
    return images, labels


def _paths(root: Path, split: str) -> tuple[Path, Path]:
    part = _PARTS[split]
    return root / f"{part}-images-idx3-ubyte.gz", root / f"{part}-labels-idx1-ubyte.gz"


def _read(path: Path) -> Array:
    try:
        data = gzip.decompress(path.read_bytes())
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path.name} is damaged: {error}") from error
    head = np.frombuffer(data[:4], np.uint8)
    if len(head) < 4 or head[2] != _BYTES:
        raise ValueError(f"{path.name} is no IDX file of bytes")
    start = 4 + 4 * int(head[3])
    shape = [int(n) for n in np.frombuffer(data[4:start], ">i4")]
    if len(data) - start != math.prod(shape):
        raise ValueError(f"{path.name} has not as many values as it says")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
