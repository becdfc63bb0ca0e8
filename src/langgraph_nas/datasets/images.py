"""Image files -> square uint8 arrays, a few hundred images at a time."""

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import numpy as np

from langgraph_nas.datasets.pixels import (
    Picture,
    Reading,
    deep_values,
    is_deep,
    open_image,
    read_picture,
)

_BATCH = 256
_PROBED = 64
"""Images whose size is looked at to choose a common one."""

T = TypeVar("T")
OnPicture = Callable[[int, Picture | Exception], None]
"""Told of each image, by its position, what came of reading it."""


def decode_images(
    paths: Sequence[Path], reading: Reading, on_picture: OnPicture
) -> Iterator[np.ndarray[Any, Any]]:
    """Yield batches uint8 [b, C, side, side] of the images, in order.

    One that can't be read is black; `on_picture` gets the error.
    """
    channels = 3 if reading.mode == "RGB" else 1
    black = np.zeros((channels, reading.side, reading.side), np.uint8)
    for start, batch in _in_threads(paths, lambda path: read_picture(path, reading)):
        for position, found in enumerate(batch, start):
            on_picture(position, found)
        yield np.stack([black if isinstance(f, Exception) else f.pixels for f in batch])


def deep_range(paths: Sequence[Path]) -> tuple[float, float] | None:
    """Return the least and the greatest value in all images of more than 8 bits.

    None: there are none. Those that can't be read are passed over.
    """
    ends: list[float] = []
    for _, batch in _in_threads(paths, _deep_ends):
        ends += [end for found in batch if isinstance(found, tuple) for end in found]
    return (min(ends), max(ends)) if ends else None


def fitting_side(paths: Sequence[Path], sides: Sequence[int]) -> int:
    """Return the largest of `sides` that the short side of a typical image fills.

    Only the headers of a few images are read, and none that is broken.
    """
    probed = paths[:: max(1, len(paths) // _PROBED)]
    found = [size for _, batch in _in_threads(probed, _short_side) for size in batch]
    typical = median([size for size in found if isinstance(size, int)] or [max(sides)])
    return max((side for side in sides if side <= typical), default=min(sides))


def _in_threads(
    paths: Sequence[Path], look: Callable[[Path], T]
) -> Iterator[tuple[int, list[T | Exception]]]:
    """Yield the position of the first of a batch of files, and what `look` says of each.

    What it raises comes as a value: Pillow's readers raise all kinds of errors for broken files.
    """

    def safely(path: Path) -> T | Exception:
        try:
            return look(path)
        except Exception as error:
            return error

    # Decoding releases the GIL, so that threads use all cores without copying pixels.
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(paths), _BATCH):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of odd metadata, or of large images
                batch = list(pool.map(safely, paths[start : start + _BATCH]))
            yield start, batch


def _deep_ends(path: Path) -> tuple[float, float] | None:
    with open_image(path) as image:
        if not is_deep(image.mode):
            return None
        values = deep_values(image)
    return float(values.min()), float(values.max())


def _short_side(path: Path) -> int:
    with open_image(path) as image:
        return min(image.size)
