"""Where in a user's folder the classes lie, and which folders hold test images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from langgraph_nas.datasets.split_names import Kind, is_filler, split_kind
from langgraph_nas.datasets.walk import Walk
from langgraph_nas.datasets.wording import alike, counted, few, printable
from langgraph_nas.errors import DatasetError

_BESIDE: tuple[Kind, ...] = ("test", "validation")
"""Kinds of folders that hold no class; the first with labels is the test set."""


@dataclass(frozen=True)
class Layout:
    """The folders of images of each class."""

    train: Path
    classes: tuple[Path, ...]
    """Folders in `train`, one for each class, by name."""
    test: Path | None
    """None: test images are held out of train."""
    test_classes: tuple[Path, ...]
    left_out: tuple[str, ...]
    """In words, what lies beside these folders and is not used."""


def find_layout(walk: Walk, path: Path) -> Layout:
    """Return where the images of a data set are.

    Raises:
        DatasetError: There are no two classes.
    """
    path = _unwrapped(walk, path)
    walk.claim(path)
    folders = walk.distinct(walk.folders(path))
    held = {folder: _classes_in(walk, folder) for folder in folders if split_kind(folder.name)}
    train = max(
        (folder for folder in held if split_kind(folder.name) == "train" and held[folder]),
        key=lambda folder: len(held[folder]),
        default=None,
    )
    if train is None:
        classes, others = _beside(path, folders)
    else:
        others = [folder for folder in folders if folder != train]
        classes = walk.distinct(held[train])
    _refuse_few(path if train is None else train, classes)
    test = _labelled_test(others, held, classes)
    place = path if train is None else classes[0].parent
    unused = [_why_unused(folder, held, test) for folder in others if folder != test]
    loose = walk.count_images(place) + (walk.count_images(path) if place != path else 0)
    return Layout(
        train=place,
        classes=tuple(classes),
        test=test,
        test_classes=tuple(walk.distinct(held[test])) if test is not None else (),
        left_out=(
            *([f"folders that are not used ({few(unused)})"] if unused else []),
            *([f"{counted(loose, 'image')} beside the folders of the classes"] if loose else []),
        ),
    )


def _beside(path: Path, folders: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return which folders are classes where none is for training, and which are not.

    A class may be called `train`, as a vehicle; `test/` beside classes is a split.
    """
    others = [folder for folder in folders if split_kind(folder.name) in _BESIDE]
    classes = [folder for folder in folders if folder not in others]
    if folders and all(split_kind(folder.name) for folder in folders):
        names = few(f"{printable(folder.name)}/" for folder in folders)
        raise DatasetError(
            f"{printable(str(path))} has {names} but no folder of images per class to train on: "
            "make train/ with one folder of images for each class."
        )
    return classes, others


def _labelled_test(
    others: Sequence[Path], held: dict[Path, list[Path]], classes: Sequence[Path]
) -> Path | None:
    """Return the folder that holds test images by class: one for test before one for validation."""
    known = {alike(folder.name) for folder in classes}
    for kind in _BESIDE:
        for folder in others:
            own = {alike(inner.name) for inner in held.get(folder, ())}
            if split_kind(folder.name) == kind and own & known:
                return folder
    return None


def _why_unused(folder: Path, held: dict[Path, list[Path]], test: Path | None) -> str:
    name = printable(folder.name)
    if not held.get(folder):
        return f"{name}, which has no folders of classes" if folder in held else name
    is_second = test is not None and split_kind(folder.name) == "validation"
    return f"{name}, as validation is held out of train" if is_second else name


def _refuse_few(place: Path, classes: Sequence[Path]) -> None:
    if len(classes) < 2:
        raise DatasetError(
            f"{printable(str(place))} has {len(classes)} of the class folders that a data set "
            "needs: make at least two, each with images of one class."
        )


def _classes_in(walk: Walk, folder: Path) -> list[Path]:
    return walk.folders(_unwrapped(walk, folder))


def _unwrapped(walk: Walk, folder: Path) -> Path:
    """Return the folder inside folders that hold it alone: `seg_train/seg_train`, `data/images`."""
    while True:
        inside = walk.folders(folder)
        if len(inside) != 1 or walk.has_images(folder):
            return folder
        inner = inside[0]
        same = inner.name.casefold() == folder.name.casefold()
        kind = split_kind(inner.name)
        deeper = walk.folders(inner)
        has_train = any(split_kind(each.name) == "train" for each in deeper)
        says_nothing = is_filler(inner.name) or (kind and kind == split_kind(folder.name))
        if inner.is_symlink() or not deeper or not (same or has_train or says_nothing):
            return folder
        folder = inner
