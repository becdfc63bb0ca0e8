"""Folders of splits with those of the classes in them, or folders of classes alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from langgraph_nas.datasets.layout import SCORED, Layout, inside, matched, refuse_few, unwrapped
from langgraph_nas.datasets.split_names import (
    Kind,
    class_and_split,
    holds_labels,
    is_of_images,
    split_kind,
)
from langgraph_nas.datasets.walk import Walk
from langgraph_nas.datasets.wording import alike, few, in_numbers, printable
from langgraph_nas.errors import DatasetError

Held = Mapping[Path, Sequence[Path]]
"""Folder that is named as a split -> the folders in it, which may be classes."""


def split_first(walk: Walk, path: Path, folders: Sequence[Path]) -> Layout | None:
    """Return the layout of a folder for training with the classes in it, None if there is none.

    Args:
        walk: It has taken `folders`.
        path: The folder.
        folders: What is in it.

    Raises:
        DatasetError: There are no two classes, or those of test are others.
    """
    held = held_by_splits(walk, folders)
    train = max(
        (folder for folder in held if split_kind(folder.name) == "train" and held[folder]),
        key=lambda folder: len(held[folder]),
        default=None,
    )
    if train is None:
        return None
    classes = walk.distinct(held[train])
    refuse_few(walk, train, classes)
    others = [folder for folder in folders if folder != train]
    return _with_test(walk, path, classes, others, held)


def classes_alone(
    walk: Walk, path: Path, classes: Sequence[Path], others: Sequence[Path]
) -> Layout:
    """Return the layout of folders of classes, and perhaps of one for test beside them.

    Args:
        walk: It has taken all of them.
        path: The folder.
        classes: As `apart` says.
        others: As `apart` says.

    Raises:
        DatasetError: As `split_first`.
    """
    refuse_few(walk, path, classes)
    return _with_test(walk, path, classes, others, held_by_splits(walk, others))


def held_by_splits(walk: Walk, folders: Sequence[Path]) -> Held:
    """Return what may be classes in each of the folders that are named as splits."""
    splits = [folder for folder in folders if split_kind(folder.name)]
    return {folder: inside(walk, unwrapped(walk, folder)) for folder in splits}


def apart(walk: Walk, path: Path, folders: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return which folders are classes where none is for training, and which are not.

    A class may be called `train`, as a vehicle; `test/` beside classes is a split, and so is then
    `train/`, unless it is a class in `test/`, too.

    Raises:
        DatasetError: All are splits, or their names say that they are something else.
    """
    held = held_by_splits(walk, folders)
    scored = [folder for folder in held if split_kind(folder.name) in SCORED]
    tested = {alike(inner.name) for folder in scored for inner in held[folder]}
    others = [folder for folder in held if scored and alike(folder.name) not in tested]
    if folders and len(held) == len(folders):
        raise DatasetError(
            f"{printable(str(path))} has {_names(folders)} but no folder of images per class to "
            "train on: make train/ with one folder of images for each class."
        )
    classes = [folder for folder in folders if folder not in others]
    _refuse_masks(path, classes)
    _refuse_glued(path, classes)
    return classes, others


def labelled_test(others: Sequence[Path], held: Held, classes: Sequence[Path]) -> Path | None:
    """Return the folder that holds test images by class: one for test before one for validation."""
    known = {alike(folder.name) for folder in classes}
    for kind in SCORED:
        for folder in others:
            own = {alike(inner.name) for inner in held.get(folder, ())}
            if split_kind(folder.name) == kind and own & known:
                return folder
    return None


def why_unused(folder: Path, held: Held, test: Path | None) -> str:
    """Return the name of a folder, and why its images are not used where that is not plain."""
    name = printable(folder.name)
    if not held.get(folder):
        return f"{name}, which has no folders of classes" if folder in held else name
    if split_kind(folder.name) in SCORED and test is None:
        return f"{name}, whose folders are none of the classes"
    is_second = test is not None and split_kind(folder.name) == "validation"
    return f"{name}, as validation is held out of train" if is_second else name


def _with_test(
    walk: Walk, path: Path, classes: Sequence[Path], others: Sequence[Path], held: Held
) -> Layout:
    place = classes[0].parent
    test = labelled_test(others, held, classes)
    unused = [why_unused(folder, held, test) for folder in others if folder != test]
    loose = walk.count_images(place) + (walk.count_images(path) if place != path else 0)
    names = tuple(folder.name for folder in classes)
    return Layout(
        place=place,
        classes=names,
        train=tuple(classes),
        test=None if test is None else matched(test, walk.distinct(held[test]), names, place),
        origin="held out of them" if test is None else f"from {printable(test.name)}/",
        left_out=(
            *([f"folders that are not used ({few(unused)})"] if unused else []),
            *([f"{in_numbers(loose, 'image')} beside the folders of the classes"] if loose else []),
        ),
    )


def _refuse_masks(path: Path, classes: Sequence[Path]) -> None:
    """Make sure that these are no images and, in other folders, what is to be seen in them."""
    labels = [folder for folder in classes if holds_labels(folder.name)]
    images = [folder for folder in classes if is_of_images(folder.name)]
    if labels and images:
        raise DatasetError(
            f"{printable(str(path))} has {_names(images)} beside {_names(labels)}: labels in files "
            "or pictures are not read; make one folder of images for each class."
        )


def _refuse_glued(path: Path, classes: Sequence[Path]) -> None:
    """Make sure that the folders are not called `cat_train`, `cat_test`, `dog_train`, ..."""
    kinds: dict[str, set[Kind]] = {}
    for folder in classes:
        found = class_and_split(folder.name)
        if found is None:
            return
        kinds.setdefault(found[0], set()).add(found[1])
    if kinds and all(len(of_class) > 1 for of_class in kinds.values()):
        raise DatasetError(
            f"{printable(str(path))} has {_names(classes)}, each named after a class and a split: "
            "make train/ and test/, each with one folder of images for each class."
        )


def _names(folders: Sequence[Path]) -> str:
    return few(f"{printable(folder.name)}/" for folder in folders)
