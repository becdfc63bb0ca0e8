"""Splits: images to train on, those that steer the search, those kept for the end."""

import numpy as np

from langgraph_nas.config import Protocol
from langgraph_nas.errors import DatasetError

Indices = np.ndarray[tuple[int], np.dtype[np.int64]]

_VALIDATION_SIZE = 5_000
_LARGE = 20_000
"""From this many training images on, validation takes a fixed number of them."""
_SMALLEST = 10
_TEST_SPLIT_SEED = 0
"""The test set of data without one of its own is the same in every search."""


def validation_size(n_images: int) -> int:
    """Return how many of `n_images` training images are held out."""
    return _VALIDATION_SIZE if n_images >= _LARGE else n_images // 5


def split_sizes(
    n_images: int, train_samples: int | None = None, protocol: Protocol = "validation"
) -> tuple[int, int]:
    """Return the numbers of images to train on and to validate on.

    Raises:
        DatasetError: `train_samples` is more than there are, or there are too few images.
    """
    if n_images < _SMALLEST:
        raise DatasetError(f"{n_images} training images are too few: give at least {_SMALLEST}.")
    held_out = validation_size(n_images) if protocol == "validation" else 0
    available = n_images - held_out
    if train_samples is not None and train_samples > available:
        kept = f" ({n_images:,} less {held_out:,} for validation)" if held_out else ""
        raise DatasetError(
            f"{train_samples:,} training samples were asked for, but there are {available:,}"
            f"{kept}: give --train-samples {available} or less, or leave it out for all."
        )
    return train_samples or available, held_out


def split_indices(
    n_images: int, seed: int, train_samples: int | None, protocol: Protocol
) -> tuple[Indices, Indices]:
    """Return the indices to train on and those to validate on, of a shuffle fixed by `seed`.

    The last of the shuffle are for validation (none in protocol `paper`), the first
    `train_samples` of the rest for training; so a smaller number takes a subset of a larger one.

    Raises:
        DatasetError: As `split_sizes`.
    """
    n_train, n_validation = split_sizes(n_images, train_samples, protocol)
    order = np.random.default_rng(seed).permutation(n_images)
    return order[:n_train], order[n_images - n_validation :]


def split_off_test(labels: Indices) -> tuple[Indices, Indices]:
    """Return the indices of train and of test, 80/20 within each class, the same every time.

    A class with a single image stays in train.
    """
    rng = np.random.default_rng(_TEST_SPLIT_SEED)
    train, test = [], []
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        n_test = max(1, round(len(members) / 5)) if len(members) > 1 else 0
        test.append(members[:n_test])
        train.append(members[n_test:])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(test))
