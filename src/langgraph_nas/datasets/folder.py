"""A user's own images: a folder with one folder of images per class."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from langgraph_nas.datasets.class_first import class_first, refuse_splits_below
from langgraph_nas.datasets.doubts import doubts
from langgraph_nas.datasets.images import fitting_side
from langgraph_nas.datasets.layout import Layout, inside, unwrapped
from langgraph_nas.datasets.split_first import apart, classes_alone, split_first
from langgraph_nas.datasets.splits import Indices, split_off_test
from langgraph_nas.datasets.table import FOLDER, FOLDER_SIDES, Row
from langgraph_nas.datasets.walk import Walk, is_seen
from langgraph_nas.datasets.wording import few, in_numbers, printable
from langgraph_nas.errors import DatasetError

PREFIX = "folder:"


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
    notes: tuple[str, ...] = ()
    """Sentences on what was taken and what was left out."""

    @property
    def fingerprint(self) -> str:
        """Hash of the names, sizes and times of all files: another one means changed data."""
        digest = hashlib.sha256(repr(self.classes).encode())
        for files in (self.train, self.test):
            for path in files.paths:
                line = f"{path.relative_to(self.path)}\0{_size_and_time(path)}\n"
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
    """Return the images of the folders for train and test, or of one folder, split 80/20.

    Where there are folders for test and validation, only that for test is used: what steers the
    search is held out of train.

    Raises:
        DatasetError: A class is empty, unknown, or the only one.
    """
    walk = Walk()
    walk.claim(path)
    layout = find_layout(walk, path)
    train, test = _list_images(walk, layout)
    refuse_splits_below(walk)
    if test is None:
        first, last = split_off_test(train.labels)
        if not len(last):
            raise DatasetError(
                f"{printable(str(layout.place))} has one image of each class: there must be more, "
                "as some are held out for test."
            )
        train, test = _take(train, first), _take(train, last)
    classes = _distinct([printable(name) for name in layout.classes])
    return ImageFolder(path, classes, train, test, _notes(walk, layout, classes, train, test))


def find_layout(walk: Walk, path: Path) -> Layout:
    """Return where the images of a data set are.

    Raises:
        DatasetError: There are no two classes, or it can't be told what is meant.
    """
    path = unwrapped(walk, path)
    walk.claim(path)
    folders = walk.distinct(inside(walk, path))
    if layout := split_first(walk, path, folders):
        return layout
    classes, others = apart(walk, path, folders)
    layout = class_first(walk, path, classes, others)
    return layout or classes_alone(walk, path, classes, others)


def list_images(folder: Path, classes: tuple[str, ...]) -> ImageFiles:
    """Return all images below `folder/CLASS` for each class, labelled by its position.

    Raises:
        DatasetError: A class has no images.
    """
    walk = Walk()
    folders = walk.distinct([folder / name for name in classes if (folder / name).is_dir()])
    found = dict(zip(folders, walk.images(folders), strict=True))
    return _labelled(walk, [folder / name for name in classes], found)


def _list_images(walk: Walk, layout: Layout) -> tuple[ImageFiles, ImageFiles | None]:
    """Return the images of train, and those of test where it has folders of its own."""
    folders = [*layout.train, *(layout.test or ())]
    found = dict(zip(folders, walk.images(folders), strict=True))
    train = _labelled(walk, layout.train, found)
    return train, None if layout.test is None else _labelled(walk, layout.test, found)


def _labelled(walk: Walk, folders: Sequence[Path], found: dict[Path, list[Path]]) -> ImageFiles:
    empty = [folder for folder in folders if not found.get(folder)]
    if empty:
        verb, it = ("hold", "them") if len(empty) > 1 else ("holds", "it")
        raise DatasetError(
            f"{few(_with_others(walk, folder) for folder in empty)} {verb} no image that can be "
            "read (JPEG, PNG, BMP, GIF, WebP, TIFF, AVIF, PNM and the like, known by their "
            f"suffix): fill {it} or remove {it}."
        )
    counts = [len(found[folder]) for folder in folders]
    paths = tuple(path for folder in folders for path in found[folder])
    return ImageFiles(paths, np.repeat(np.arange(len(folders)), counts))


def _with_others(walk: Walk, folder: Path) -> str:
    others = walk.others_in(folder)
    return printable(str(folder)) + (f" ({others})" if others else "")


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names, those that are printed alike with a number behind them."""
    told: list[str] = []
    for name in names:
        number = sum(name == earlier for earlier in names[: len(told)])
        told.append(f"{name} ({number + 1})" if number else name)
    return tuple(told)


def _notes(
    walk: Walk, layout: Layout, classes: Sequence[str], train: ImageFiles, test: ImageFiles
) -> tuple[str, ...]:
    counts = np.bincount(train.labels, minlength=len(classes))
    each = few(f"{name} {count:,}" for name, count in zip(classes, counts, strict=True))
    notes = [
        f"{printable(str(layout.place))}: {len(classes)} classes with "
        f"{in_numbers(len(train.paths), 'training image')} ({each}); "
        f"{in_numbers(len(test.paths), 'test image')} {layout.origin}."
    ]
    notes += doubts(walk, layout, classes)
    if left := [*walk.left_out(), *layout.left_out]:
        notes.append(f"Left out: {'; '.join(left)}.")
    return tuple(notes)


def _locate(text: str, root: Path | None) -> Path:
    if not text:
        raise DatasetError("folder: needs a path, e.g. --dataset folder:photos.")
    given = Path(text).expanduser()
    places = [given, *([root / given] if root is not None and not given.is_absolute() else [])]
    for place in places:
        if is_seen(place.is_dir):
            return place.resolve()
    looked = " or ".join(printable(str(place.absolute())) for place in places)
    raise DatasetError(f"There is no folder {looked}: give one with a folder of images per class.")


def _size_and_time(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return "missing"  # a link that leads nowhere; it is named with all that can't be read
    return f"{stat.st_size}\0{stat.st_mtime_ns}"


def _take(images: ImageFiles, indices: Indices) -> ImageFiles:
    return ImageFiles(tuple(images.paths[i] for i in indices), images.labels[indices])
