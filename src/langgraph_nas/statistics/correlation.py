"""Agreement of two rankings: Pearson, Spearman and Kendall, ties included."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Agreement(NamedTuple):
    """Correlations of two rankings, each -1..1; NaN where one of them is constant."""

    pearson: float
    spearman: float
    kendall: float


def agreement(x: ArrayLike, y: ArrayLike) -> Agreement:
    """Return all three correlations of two lists of equal length n >= 2."""
    return Agreement(pearson(x, y), spearman(x, y), kendall(x, y))


def ranks(x: ArrayLike) -> Floats:
    """Return the ranks 1..n of n values, equal ones with the mean of their places."""
    _, place, equal = np.unique(_floats(x), return_inverse=True, return_counts=True)
    means = equal.cumsum() - (equal - 1) / 2
    return np.asarray(means[place], dtype=np.float64)


def pearson(x: ArrayLike, y: ArrayLike) -> float:
    """Return the linear correlation of two lists; NaN if one is constant."""
    a, b = _floats(x), _floats(y)
    a, b = a - a.mean(), b - b.mean()
    return _ratio(float(a @ b), float(a @ a), float(b @ b))


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Return the linear correlation of the ranks of two lists; NaN if one is constant."""
    return pearson(ranks(x), ranks(y))


def kendall(x: ArrayLike, y: ArrayLike) -> float:
    """Return tau-b of two lists: the excess of pairs in the same order; NaN if one is constant."""
    a, b = _orders(x), _orders(y)
    return _ratio(float((a * b).sum()), float((a * a).sum()), float((b * b).sum()))


def _orders(x: ArrayLike) -> Floats:
    """Return the order of each pair of values: -1, 0 or 1; [n, n]."""
    values = _floats(x)
    return np.sign(values[:, None] - values[None, :])


def _ratio(both: float, first: float, second: float) -> float:
    # A sum of squares is of the size of rounding where all values are equal.
    if min(first, second) < 1e-24:
        return float("nan")
    return max(-1.0, min(1.0, both / float(np.sqrt(first * second))))


def _floats(x: Any) -> Floats:
    return np.asarray(x, dtype=np.float64)
