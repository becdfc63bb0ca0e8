"""Layout of a user's folder: where the images of each class lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from langgraph_nas.datasets.split_names import Kind, holds_labels, is_filler, split_kind
from langgraph_nas.datasets.walk import Walk
from langgraph_nas.datasets.wording import alike, few, printable
from langgraph_nas.errors import DatasetError

SCORED: tuple[Kind, ...] = ("test", "validation")
"""Kinds of folders that hold no class; the first with labels is the test set."""


@dataclass(frozen=True)
class Layout:
    """The folders of images of each class."""

    place: Path
    """The folder in which the classes lie."""
    classes: tuple[str, ...]
    """Names of their folders, in order."""
    train: tuple[Path, ...]
    """Folder of the images of each class."""
    test: tuple[Path, ...] | None
    """Likewise; None: test images are held out of train."""
    origin: str
    """Where the test images come from, in words."""
    left_out: tuple[str, ...]
    """In words, what lies beside these folders and is not used."""


def inside(walk: Walk, folder: Path) -> list[Path]:
    """Return the folders in a folder, but for those of label files, which are not read."""
    return [
        each
        for each in walk.folders(folder)
        if not (holds_labels(each.name) and not walk.has_images_below(each))
    ]


def unwrapped(walk: Walk, folder: Path) -> Path:
    """Return the folder inside folders that hold it alone: `seg_train/seg_train`, `data/images`."""
    while True:
        held = inside(walk, folder)
        if len(held) != 1 or walk.has_images(folder):
            return folder
        inner = held[0]
        same = inner.name.casefold() == folder.name.casefold()
        kind = split_kind(inner.name)
        deeper = inside(walk, inner)
        last = inside(walk, innermost(walk, inner))
        below = (each for place in last for each in (place, *walk.folders(place)))
        has_train = any(split_kind(each.name) == "train" for each in below)
        says_nothing = is_filler(inner.name) or (kind and kind == split_kind(folder.name))
        if inner.is_symlink() or not deeper or not (same or has_train or says_nothing):
            return folder
        folder = inner


def innermost(walk: Walk, folder: Path) -> Path:
    """Return the first folder in this one, or in the one that it holds alone, with more in it."""
    while len(held := inside(walk, folder)) == 1 and not walk.has_images(folder):
        if held[0].is_symlink():
            break
        folder = held[0]
    return folder


def refuse_few(walk: Walk, place: Path, classes: Sequence[Path]) -> None:
    """Make sure that there are two classes."""
    if len(classes) < 2:
        inner = [innermost(walk, folder) for folder in classes]
        inner = [folder for folder in inner if len(inside(walk, folder)) > 1]
        hint = "".join(f" Or give --dataset folder:{printable(str(f))} itself." for f in inner)
        raise DatasetError(
            f"{printable(str(place))} has {len(classes)} of the class folders that a data set "
            f"needs: make at least two, each with images of one class.{hint}"
        )


def matched(
    test: Path, folders: Sequence[Path], classes: Sequence[str], place: Path
) -> tuple[Path, ...]:
    """Return the folders of test in the order of the classes.

    Args:
        test: The folder for test.
        folders: Those of classes in it.
        classes: The names of the classes.
        place: Where these lie.

    Raises:
        DatasetError: There are more, or fewer.
    """
    keys = (
        key for key in (alike, str.casefold, printable) if len({*map(key, classes)}) == len(classes)
    )
    key = next(keys, str)  # `Cat` and `cat` may differ
    own = {key(folder.name): folder for folder in folders}
    known = [key(name) for name in classes]
    unknown = [printable(folder.name) for name, folder in own.items() if name not in known]
    if unknown:
        what = "is a class" if len(unknown) == 1 else "are classes"
        raise DatasetError(
            f"{printable(str(test))}: {few(unknown)} {what} that {printable(place.name)}/ does "
            "not have: add images of it there or remove it here."
        )
    missing = [printable(name) for name in classes if key(name) not in own]
    if missing:
        what = "class" if len(missing) == 1 else "classes"
        raise DatasetError(
            f"{printable(str(test))} lacks the {what} {few(missing)}: add its folder of images."
        )
    return tuple(own[name] for name in known)
