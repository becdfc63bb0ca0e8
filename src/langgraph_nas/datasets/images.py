"""Image files -> square uint8 arrays, a few hundred images at a time."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from langgraph_nas.errors import DatasetError

if TYPE_CHECKING:
    from PIL import Image

_BATCH = 256
_PROBED = 64
"""Images whose size is looked at to choose a common one."""


def decode_images(paths: Sequence[Path], side: int) -> Iterator[np.ndarray[Any, Any]]:
    """Yield batches uint8 [b, 3, side, side] of the images, in order.

    Raises:
        DatasetError: A file is not a readable image; the message names it.
    """
    # Decoding releases the GIL, so that threads use all cores without copying pixels.
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(paths), _BATCH):
            batch = paths[start : start + _BATCH]
            yield np.stack(list(pool.map(partial(decode_image, side=side), batch)))


def decode_image(path: Path, side: int) -> np.ndarray[Any, Any]:
    """Return one image as RGB, uint8 [3, side, side]: short side to `side`, centre crop.

    Greyscale images and palettes become RGB; transparency is dropped.

    Raises:
        DatasetError: The file is not a readable image.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            # JPEG decodes at a fraction of its size many times faster; no-op for others.
            image.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(image)
            pixels = _crop_square(_to_rgb(upright), side)
    except _decode_errors() as error:
        raise _unreadable(path, error) from error
    return np.ascontiguousarray(np.asarray(pixels, dtype=np.uint8).transpose(2, 0, 1))


def fitting_side(paths: Sequence[Path], sides: Sequence[int]) -> int:
    """Return the largest of `sides` that the short side of a typical image fills.

    Only the headers of a few images are read.

    Raises:
        DatasetError: One of these files is not a readable image.
    """
    probed = paths[:: max(1, len(paths) // _PROBED)]
    typical = median(_short_side(path) for path in probed)
    return max((side for side in sides if side <= typical), default=min(sides))


def _short_side(path: Path) -> int:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return min(image.size)
    except _decode_errors() as error:
        raise _unreadable(path, error) from error


def _to_rgb(image: "Image.Image") -> "Image.Image":
    from PIL import Image

    if image.mode.startswith("I;16") or image.mode == "I":
        # Pillow would clip 16 bits at 255, which makes such images white.
        image = Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    return image.convert("RGB")


def _crop_square(image: "Image.Image", side: int) -> "Image.Image":
    from PIL import Image, ImageOps

    return ImageOps.fit(image, (side, side), method=Image.Resampling.BILINEAR)


def _decode_errors() -> tuple[type[Exception], ...]:
    """Return what Pillow raises for broken files: SyntaxError comes from its PNG reader."""
    from PIL import Image

    return (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


def _unreadable(path: Path, error: Exception) -> DatasetError:
    reason = str(error).replace(str(path), "it").replace("\n", " ")[:120]
    return DatasetError(f"The image {path} can't be read ({reason}): replace it or remove it.")
