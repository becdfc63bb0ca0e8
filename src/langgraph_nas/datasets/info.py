"""Facts of a data set that are known before any of its data is read."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from langgraph_nas.datasets.class_names import CELEBA_ATTRIBUTES
from langgraph_nas.datasets.folder import PREFIX, folder_row
from langgraph_nas.datasets.splits import validation_size
from langgraph_nas.datasets.table import FOLDER, TABLE, Row
from langgraph_nas.errors import DatasetError

_STEPS = 64
"""Steps of one epoch that a batch size should leave."""
_SMALLEST_BATCH = 16


@dataclass(frozen=True)
class DatasetInfo:
    """What there is to know of a data set: shape, classes, settings, sizes."""

    name: str
    shape: tuple[int, int, int]
    """Channels, height, width."""
    classes: tuple[str, ...]
    """Names, in the order of the labels."""
    mean: tuple[float, ...]
    """Per channel, of pixels in 0..1."""
    std: tuple[float, ...]
    augment: tuple[str, ...]
    """Of `crop` (random crop with padding 4) and `flip` (horizontal)."""
    batch_size: int
    """For the number of images trained on: see `batch_size_for`."""
    train_size: int
    """Images in the training set, those for validation included."""
    test_size: int
    download_mb: int
    """What is downloaded on first use, MB; 0: nothing."""
    disk_mb: int
    """Disk for its files, its arrays and one split of them, MB, rounded up."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)


def dataset_names() -> tuple[str, ...]:
    """Return what `--dataset` accepts; the last, `folder:PATH`, stands for any folder."""
    return (*(row.name for row in TABLE), FOLDER.name)


def known_name(text: str) -> str:
    """Return the name of the data set that a text spells: in any case, with any signs between.

    Example:
        >>> known_name(" Fashion MNIST ")
        'fashion-mnist'

    Raises:
        DatasetError: There is none of this name; a folder is not looked for.
    """
    given = text.strip()
    if given.lower().startswith(PREFIX):
        return PREFIX + given[len(PREFIX) :]
    for row in TABLE:
        if _bare(row.name) == _bare(given):
            return row.name
    raise DatasetError(f"Unknown data set {_nearest(given, dataset_names())}.")


def _bare(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def get_info(name: str, *, root: Path | None = None, attribute: str = "Smiling") -> DatasetInfo:
    """Return what is known of a data set without loading it; a user's folder is scanned.

    Args:
        name: A name of `dataset_names()`, or `folder:` and a path.
        root: Where a relative path is looked for if it is not in the current folder.
        attribute: The attribute learnt on celeba.

    Raises:
        DatasetError: The name or attribute is unknown, or the folder is not usable.
    """
    return info_of(find_row(name, root=root, attribute=attribute))


def find_row(name: str, *, root: Path | None, attribute: str) -> Row:
    """Return the row of a data set, with the choice of attribute or folder filled in.

    Raises:
        DatasetError: As `get_info`.
    """
    if name.startswith(PREFIX):
        return folder_row(name, root)
    for row in TABLE:
        if row.name == name:
            return _with_attribute(row, attribute) if row.reader == "celeba" else row
    raise DatasetError(f"Unknown data set {_nearest(name, dataset_names())}.")


def info_of(row: Row, n_train: int | None = None) -> DatasetInfo:
    """Return the facts of a row; `n_train` images are trained on (default: all but validation)."""
    if n_train is None:
        n_train = row.train_size - validation_size(row.train_size)
    image_bytes = row.shape[0] * row.shape[1] * row.shape[2]
    # The training images are there twice: as decoded, and as chosen by a search.
    array_bytes = (2 * row.train_size + row.test_size) * image_bytes
    return DatasetInfo(
        name=row.name,
        shape=row.shape,
        classes=row.classes,
        mean=row.mean,
        std=row.std,
        augment=row.augment,
        batch_size=batch_size_for(n_train, row.batch_size),
        train_size=row.train_size,
        test_size=row.test_size,
        download_mb=row.download_mb,
        disk_mb=row.files_mb + -(-array_bytes // 1_000_000),
    )


def batch_size_for(n_train: int, largest: int) -> int:
    """Return the batch size: a power of two that leaves 64 steps, of 16 to `largest`.

    One epoch of a dozen steps leaves every network at chance, whatever it is.

    Example:
        >>> batch_size_for(45_000, 128), batch_size_for(2_000, 128), batch_size_for(500, 128)
        (128, 16, 16)
    """
    power = 1 << max(0, (n_train // _STEPS).bit_length() - 1)
    return min(largest, max(_SMALLEST_BATCH, power))


def datasets_table() -> list[dict[str, Any]]:
    """Return the table of the data sets for the docs, one dict of plain values per row."""
    return [_docs_row(row) for row in (*TABLE, FOLDER)]


def _docs_row(row: Row) -> dict[str, Any]:
    of_user = row.reader == "folder"
    info = info_of(row)
    return {
        "name": row.name,
        "shape": "x".join(map(str, row.shape)) if not of_user else "3 x side x side",
        "resize": row.resize,
        "classes": len(row.classes) or "by the folders",
        "train": row.train_size or "by the folders",
        "test": row.test_size or "by the folders",
        "mean": row.mean,
        "std": row.std,
        "augmentation": ", ".join(row.augment) or "none",
        "batch size": info.batch_size if not of_user else f"{_SMALLEST_BATCH}-{row.batch_size}",
        "download (MB)": row.download_mb,
        "disk (MB)": info.disk_mb if not of_user else "by the images",
        "files": row.files,
        "loader checked on": row.checked_on,
    }


def _with_attribute(row: Row, attribute: str) -> Row:
    if attribute not in CELEBA_ATTRIBUTES:
        raise DatasetError(f"Unknown celeba attribute {_nearest(attribute, CELEBA_ATTRIBUTES)}.")
    return replace(
        row,
        classes=(f"not {attribute}", attribute),
        label_column=CELEBA_ATTRIBUTES.index(attribute),
    )


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return `name`, the known name that is most like it, and all that there are."""
    names = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.5)
    hint = f" Did you mean {names[close[0]]}?" if close else ""
    return f"{name!r}.{hint} There are: {', '.join(names.values())}"
