"""Findings in the files of a data set while they were read: errors, and things to know."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from langgraph_nas.datasets.images import OnPicture
from langgraph_nas.datasets.pixels import LEVELS, Picture, Reading
from langgraph_nas.datasets.wording import below, few, in_numbers, printable
from langgraph_nas.errors import DatasetError

_FEW_LEVELS = 32
"""Of 256: images that use no more of them are drawings, or were scaled wrongly."""
_NARROW = 64
"""Likewise, between the least and the greatest: so do 14 bits of colour, kept in 16, end in 8."""


class Seen:
    """Takes each image of a data set, those of train first."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._broken: dict[Path, str] = {}
        self._counts: Counter[str] = Counter()
        self._levels: np.ndarray[Any, Any] = np.zeros(LEVELS, bool)
        self._first: dict[bytes, tuple[str, int]] = {}
        """Checksum of the pixels -> split and class in which they were met first."""

    def taker(
        self, split: str, paths: Sequence[Path], labels: np.ndarray[Any, Any] | None = None
    ) -> OnPicture:
        """Return what takes the images of a split; with labels, equal images are looked for."""

        def take(position: int, found: Picture | Exception) -> None:
            self._counts["images"] += 1
            if isinstance(found, Exception):
                self._broken[paths[position]] = _reason(paths[position], found)
                return
            self._take(found)
            if labels is not None:
                self._compare(found, split, int(labels[position]))

        return take

    def check(self) -> None:
        """Make sure that all images could be read, and that there is something to be seen.

        Raises:
            DatasetError: It names up to 20 of the files that could not be read.
        """
        if self._broken:
            raise DatasetError(self._broken_words())
        images, counts = self._counts["images"], self._counts
        if 2 * counts["lost"] > counts["transparent"]:
            raise DatasetError(
                f"{counts['lost']:,} of {in_numbers(counts['transparent'], 'transparent image')} "
                "are blank once laid on white, as what they show is white, too, or nothing: lay "
                "them on a dark ground and save them without transparency."
            )
        if images and self._levels.sum() == 1:
            raise DatasetError(
                f"All {images:,} images have one and the same value in all pixels "
                f"({self._levels.argmax()} of 0 to 255): there is nothing to be learnt from them."
            )

    def notes(self) -> Iterator[str]:
        """Yield in sentences what one should know of the images."""
        counts = self._counts
        of = f"of {in_numbers(counts['images'], 'image')}"
        if counts["deep"]:
            yield (
                f"{counts['deep']:,} {of} have more than 8 bits: their values {self.reading.low:g} "
                f"to {self.reading.high:g} became 0 to 255."
            )
        if counts["transparent"]:
            yield f"{counts['transparent']:,} {of} are transparent and were laid on white."
        if counts["lost"]:
            yield f"{counts['lost']:,} of them are blank on white."
        if counts["frames"]:
            yield f"{counts['frames']:,} {of} have several frames: the first was taken."
        used = np.flatnonzero(self._levels)
        if len(used) and (len(used) <= _FEW_LEVELS or used[-1] - used[0] < _NARROW):
            yield (
                f"The images use only {len(used)} of 256 levels, all between {used[0]} and "
                f"{used[-1]}: unless they are drawings, look at how they were saved."
            )
        yield from self._equal_words()

    def _take(self, found: Picture) -> None:
        self._levels |= found.levels
        self._counts["deep"] += found.deep
        self._counts["frames"] += found.frames
        self._counts["transparent"] += found.transparent
        self._counts["lost"] += found.transparent and int(found.levels.sum()) == 1

    def _compare(self, found: Picture, split: str, label: int) -> None:
        digest = hashlib.blake2b(found.pixels.tobytes(), digest_size=16).digest()
        if digest not in self._first:
            self._first[digest] = (split, label)
            return
        earlier_split, earlier_label = self._first[digest]
        self._counts["leaked" if earlier_split != split else "repeated"] += 1
        self._counts["unclear"] += earlier_label != label

    def _equal_words(self) -> Iterator[str]:
        if leaked := self._counts["leaked"]:
            yield (
                f"{in_numbers(leaked, 'test image')} can be found among the training images, too: "
                "accuracy on test is better than it should be."
            )
        if repeated := self._counts["repeated"]:
            yield (
                f"{in_numbers(repeated, 'image')} can be found twice, pixel by pixel, so that "
                "validation may see what was trained on."
            )
        if unclear := self._counts["unclear"]:
            yield f"{in_numbers(unclear, 'image')} can be found in another class, too."

    def _broken_words(self) -> str:
        if len(self._broken) == 1:
            [(path, reason)] = self._broken.items()
            place = printable(str(path))
            return f"The image {place} can't be read ({reason}): replace it or remove it."
        folder = Path(os.path.commonpath(self._broken))
        folder = folder if folder.is_dir() else folder.parent
        named = few(f"{below(path, folder)} ({why})" for path, why in sorted(self._broken.items()))
        return (
            f"{len(self._broken):,} of {self._counts['images']:,} images can't be read: below "
            f"{printable(str(folder))} {named}: replace them or remove them."
        )


def _reason(path: Path, error: Exception) -> str:
    text = str(error) or type(error).__name__
    return printable(text.replace(str(path), "it").replace("\n", " "))[:120]
