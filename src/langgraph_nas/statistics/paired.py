"""Two methods compared on the same seeds: how far apart are they, and may it be chance?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

RESAMPLES = 10_000
LEVEL = 0.95

_EXACT = 16
"""Pairs up to which all changes of signs are counted; above, as many as there are resamples."""

_NORMAL = NormalDist()


@dataclass(frozen=True)
class PairedDifference:
    """How far the first of two methods is above the second, over the same seeds."""

    pairs: int
    mean: float
    low: float | None
    """Lower end of the interval of the mean; None of less than two pairs."""
    high: float | None
    p: float
    """Two-sided, of the null hypothesis that it might as well be the other way round."""


def paired_difference(
    first: Sequence[float],
    second: Sequence[float],
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> PairedDifference:
    """Return the mean of `first - second`, its bootstrap interval and its p-value.

    Args:
        first: Scores, one for each seed.
        second: Scores of the same seeds, in the same order.
        resamples: Bootstrap samples, and changes of signs where not all are counted.
        level: Coverage that the interval aims at.
        seed: Seed of both.

    Raises:
        ValueError: They are empty or not equally many.
    """
    if len(first) != len(second) or not len(first):
        raise ValueError("paired scores must be equally many, and at least one")
    differences = np.asarray(first, float) - np.asarray(second, float)
    interval = bootstrap_interval(differences, resamples=resamples, level=level, seed=seed)
    low, high = interval or (None, None)
    p = sign_flip_p(differences, resamples=resamples, seed=seed)
    return PairedDifference(len(differences), float(differences.mean()), low, high, p)


def bootstrap_interval(
    values: Sequence[float] | Array,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Return the bootstrap interval of the mean of `values`, None if they are less than two.

    The expanded percentile interval (Hesterberg 2015, section 5.3). Of ten normal values it covers
    the true mean in 95 of a hundred cases, of five in 92; BCa in 86 of ten values.
    """
    sample = np.asarray(values, float)
    if len(sample) < 2:
        return None
    tail = expanded_tail(len(sample), level)
    means = resampled_means(sample, resamples, seed)
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)


def expanded_tail(n: int, level: float = LEVEL) -> float:
    """Return the quantile at which the interval of the mean of `n` values begins.

    Bootstrap means of few values lie too close together, as a normal distribution does where
    Student's is due; so more of them belong to the interval.
    """
    from scipy.stats import t

    return _NORMAL.cdf(math.sqrt(n / (n - 1)) * float(t.ppf((1 - level) / 2, n - 1)))


def resampled_means(values: Array, resamples: int, seed: int) -> Array:
    """Return the means of bootstrap samples of the rows: [resamples], or [resamples, columns]."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=resamples)
    means: Array = counts @ values / len(values)
    return means


def sign_flip_p(
    differences: Sequence[float] | Array, *, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """Return the two-sided p-value of the paired permutation test of the mean (Fisher 1935).

    If it did not matter which method was used, each difference might as well have the other sign.
    Of `n` pairs it can't be below `2 / 2**n`.
    """
    sample = np.asarray(differences, float)
    n = len(sample)
    observed = abs(sample.sum()) * (1 - 1e-12)  # so that rounding does not part equal sums
    if n <= _EXACT:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        return float(np.mean(np.abs(signs @ sample) >= observed))
    signs = np.random.default_rng(seed).choice((-1, 1), size=(resamples, n))
    as_far = int(np.sum(np.abs(signs @ sample) >= observed))
    return (as_far + 1) / (resamples + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values that may be judged together (Holm 1979), in the order given.

    The smallest is multiplied by how many there are, the next by one less, and so on; none
    becomes smaller than one before it, or larger than 1.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
