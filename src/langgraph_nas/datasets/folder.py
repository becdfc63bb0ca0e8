"""A user's own images: a folder with one folder of images per class."""

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from langgraph_nas.datasets.images import fitting_side
from langgraph_nas.datasets.splits import Indices, split_off_test
from langgraph_nas.datasets.table import FOLDER, FOLDER_SIDES, Row
from langgraph_nas.errors import DatasetError

PREFIX = "folder:"

_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
)
_TEST_NAMES = ("test", "val", "valid", "validation")
"""What a folder of test images may be called; the first that is there is taken."""


@dataclass(frozen=True)
class ImageFiles:
    """Image files with their labels."""

    paths: tuple[Path, ...]
    labels: Indices


@dataclass(frozen=True)
class ImageFolder:
    """What was found in a user's folder."""

    path: Path
    classes: tuple[str, ...]
    train: ImageFiles
    test: ImageFiles

    @property
    def fingerprint(self) -> str:
        """Hash of the names, sizes and times of all files: another one means changed data."""
        digest = hashlib.sha256(repr(self.classes).encode())
        for files in (self.train, self.test):
            for path in files.paths:
                stat = _stat(path)
                line = f"{path.relative_to(self.path)}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
                digest.update(line.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:12]


def folder_row(name: str, root: Path | None = None) -> Row:
    """Return the row of `folder:PATH`, filled in from what the folder holds.

    Args:
        name: `folder:` and a path; a relative one is looked for in the current folder, then
            in `root`.
        root: Folder of the data sets.

    Raises:
        DatasetError: There is no such folder, or it has not two classes with images each.
    """
    found = scan(_locate(name.removeprefix(PREFIX), root))
    side = fitting_side(found.train.paths, FOLDER_SIDES)
    return replace(
        FOLDER,
        name=name,
        source=found,
        shape=(3, side, side),
        classes=found.classes,
        train_size=len(found.train.paths),
        test_size=len(found.test.paths),
    )


def scan(path: Path) -> ImageFolder:
    """Return the images of `train/` and `test/` (or `val/`), or of one folder, split 80/20.

    Where there are `test/` and `val/`, only `test/` is used: what steers the search is held out
    of `train/`.

    Raises:
        DatasetError: A class is empty, unknown, or the only one.
    """
    train_folder = path / "train"
    classes_in = train_folder if train_folder.is_dir() else path
    classes = _class_names(classes_in)
    if len(classes) < 2:
        raise DatasetError(
            f"{classes_in} has {len(classes)} of the class folders that a data set needs: "
            "make at least two, each with images of one class."
        )
    images = list_images(classes_in, classes)
    test_folder = next((path / name for name in _TEST_NAMES if (path / name).is_dir()), None)
    if classes_in is train_folder and test_folder is not None:
        return ImageFolder(path, classes, images, _test_images(test_folder, classes))
    train, test = split_off_test(images.labels)
    return ImageFolder(path, classes, _take(images, train), _take(images, test))


def list_images(folder: Path, classes: tuple[str, ...]) -> ImageFiles:
    """Return all images below `folder/CLASS` for each class, labelled by its position.

    Raises:
        DatasetError: A class has no images.
    """
    paths: list[Path] = []
    counts = []
    for name in classes:
        found = _images_below(folder / name)
        if not found:
            raise DatasetError(
                f"{folder / name} holds no image ({', '.join(sorted(_SUFFIXES))}): "
                "fill it or remove it."
            )
        paths += found
        counts.append(len(found))
    return ImageFiles(tuple(paths), np.repeat(np.arange(len(classes)), counts))


def _locate(text: str, root: Path | None) -> Path:
    if not text:
        raise DatasetError("folder: needs a path, e.g. --dataset folder:photos.")
    given = Path(text).expanduser()
    places = [given, *([root / given] if root is not None and not given.is_absolute() else [])]
    for place in places:
        if place.is_dir():
            return place.resolve()
    looked = " or ".join(str(place.absolute()) for place in places)
    raise DatasetError(f"There is no folder {looked}: give one with a folder of images per class.")


def _test_images(folder: Path, classes: tuple[str, ...]) -> ImageFiles:
    names = _class_names(folder)
    unknown = sorted(set(names) - set(classes))
    if unknown:
        raise DatasetError(
            f"{folder / unknown[0]} is a class that train/ does not have: add it there or "
            "remove it here."
        )
    missing = sorted(set(classes) - set(names))
    if missing:
        raise DatasetError(f"{folder} lacks the class {missing[0]}: add its folder of images.")
    return list_images(folder, classes)


def _class_names(folder: Path) -> tuple[str, ...]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DatasetError(f"The folder {folder} can't be read: {error.strerror}.") from error
    return tuple(e.name for e in entries if e.is_dir() and not e.name.startswith("."))


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise DatasetError(f"The image {path} can't be read: {error.strerror}.") from error


def _images_below(folder: Path) -> list[Path]:
    found = [
        Path(place) / name
        for place, _, names in os.walk(folder, followlinks=True)
        for name in names
        if not name.startswith(".") and Path(name).suffix.lower() in _SUFFIXES
    ]
    return sorted(found)


def _take(images: ImageFiles, indices: Indices) -> ImageFiles:
    return ImageFiles(tuple(images.paths[i] for i in indices), images.labels[indices])
