"""Folders of classes in which the splits lie: `cat/train`, `cat/test`, `dog/train`, ..."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from langgraph_nas.datasets.layout import SCORED, Layout, inside, matched, refuse_few, unwrapped
from langgraph_nas.datasets.split_first import held_by_splits, labelled_test, why_unused
from langgraph_nas.datasets.split_names import Kind, split_kind
from langgraph_nas.datasets.walk import Walk
from langgraph_nas.datasets.wording import alike, below, few, in_numbers, printable
from langgraph_nas.errors import DatasetError

Splits = Mapping[Path, Mapping[Kind, Path]]
"""Folder of a class -> its folders of splits."""


def class_first(
    walk: Walk, path: Path, classes: Sequence[Path], others: Sequence[Path]
) -> Layout | None:
    """Return the layout of folders of classes that hold those of the splits, None if none does.

    Args:
        walk: It has taken all of them.
        path: The folder.
        classes: As `split_first.apart` says.
        others: As `split_first.apart` says.

    Raises:
        DatasetError: Only some classes have them, or it can't be told what is a class.
    """
    found = {folder: splits_in(walk, folder) for folder in classes}
    if not any(found.values()):
        return None
    refuse_few(walk, path, classes)
    _refuse_mixed(walk, path, found)
    _refuse_domains(walk, path, found)
    train = _taken(walk, [splits["train"] for splits in found.values()])
    kind = _scored_kind(path, found)
    names = tuple(folder.name for folder in classes)
    held = held_by_splits(walk, others)
    beside = None if kind else labelled_test(others, held, classes)
    test, origin = None, "held out of them"
    if kind:
        test = _taken(walk, [splits[kind] for splits in found.values()])
        origin = f"from {printable(test[0].name)}/ in each"
    elif beside is not None:
        test = matched(beside, walk.distinct(held[beside]), names, path)
        origin = f"from {printable(beside.name)}/"
    unused = [why_unused(folder, held, beside) for folder in others if folder != beside]
    unused += [
        below(folder, path)
        for place in _places(walk, classes)
        for folder in inside(walk, place)
        if folder not in (*train, *(test or ()))
    ]
    loose = sum(map(walk.count_images, {path, *classes, *_places(walk, classes)}))
    return Layout(
        place=path,
        classes=names,
        train=train,
        test=test,
        origin=origin,
        left_out=(
            *([f"folders that are not used ({few(unused)})"] if unused else []),
            *([f"{in_numbers(loose, 'image')} beside the folders of the splits"] if loose else []),
        ),
    )


def splits_in(walk: Walk, folder: Path) -> dict[Kind, Path]:
    """Return the folders of splits in a class's folder, of each kind the fullest.

    A class `vehicles` may hold `train/` beside `car/`; `test/` is never a kind of thing.
    """
    within = inside(walk, unwrapped(walk, folder))
    named = [each for each in within if split_kind(each.name)]
    if len(named) < len(within) and all(split_kind(each.name) == "train" for each in named):
        return {}
    found: dict[Kind, Path] = {}
    for each in sorted(named, key=walk.count_images):
        if kind := split_kind(each.name):
            found[kind] = each
    return found


def refuse_splits_below(walk: Walk) -> None:
    """Make sure that no folder deep in a class holds folders of splits, which would be mixed.

    Raises:
        DatasetError: It names the first one.
    """
    kinds: dict[Path, set[Kind | None]] = {}
    for folder in walk.splits_below:
        kinds.setdefault(folder.parent, set()).add(split_kind(folder.name))
    for place, held in sorted(kinds.items()):
        if "train" in held and len(held) > 1:
            raise DatasetError(
                f"{printable(str(place))}, deep in the folder of a class, holds splits, which "
                "would be mixed: make train/ and test/ at the top with the folders of the classes "
                "in them, or straight in the folder of each class."
            )


def _places(walk: Walk, classes: Sequence[Path]) -> list[Path]:
    return [unwrapped(walk, folder) for folder in classes]


def _taken(walk: Walk, folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return the folders, which no other class may have, too."""
    taken = walk.distinct(folders)
    for folder in folders:
        if folder not in taken:
            raise DatasetError(
                f"{printable(str(folder))} is a link to images that are read elsewhere: put those "
                "of its class there."
            )
    return tuple(folders)


def _refuse_mixed(walk: Walk, path: Path, found: Splits) -> None:
    """Make sure that each class has images to train on in a folder of their own."""
    given = [splits["train"] for splits in found.values() if "train" in splits]
    lacking = few(f"{printable(folder.name)}/" for folder in found if "train" not in found[folder])
    if len(given) == len(found):
        return
    if not given:
        raise DatasetError(
            f"{printable(str(path))}: there are folders for test or validation in {lacking} but "
            "none for training: put the images to train on into train/ in the folder of each class."
        )
    first = given[0]
    hint = ""
    if len(given) == 1 and len(inside(walk, first)) > 1:
        hint = (
            f" If that alone is the data set, give --dataset folder:{printable(str(first.parent))}."
        )
    raise DatasetError(
        f"{printable(str(path))}: there is {below(first, path)}/, but nothing of its kind in "
        f"{lacking}: lay out all classes alike.{hint}"
    )


def _refuse_domains(walk: Walk, path: Path, found: Splits) -> None:
    """Make sure that it is not `photos/train/cat`, `photos/train/dog`, `sketches/train/cat`, ..."""
    trains = [splits["train"] for splits in found.values()]
    held = [{alike(each.name) for each in inside(walk, train)} for train in trains]
    if len(held[0]) < 2 or any(names != held[0] for names in held[1:]):
        return
    if any(map(walk.has_images, trains)):
        return
    classes = few(printable(each.name) for each in inside(walk, trains[0]))
    places = few(f"{below(train, path)}/" for train in trains)
    raise DatasetError(
        f"{printable(str(path))}: {classes} lie in each of {places}, so that it can't be told what "
        "is a class: give one folder with train/ in it, such as "
        f"folder:{printable(str(trains[0].parent))}."
    )


def _scored_kind(path: Path, found: Splits) -> Kind | None:
    """Return the kind of the folders for test that all classes have, None if none has any."""
    for kind in SCORED:
        if all(kind in splits for splits in found.values()):
            return kind
    for kind in SCORED:
        if given := [splits[kind] for splits in found.values() if kind in splits]:
            lacking = few(
                f"{printable(folder.name)}/" for folder in found if kind not in found[folder]
            )
            raise DatasetError(
                f"{printable(str(path))}: there is {below(given[0], path)}/, but nothing of its "
                f"kind in {lacking}: add it there, or remove it from all classes to have test "
                "images held out of train."
            )
    return None
