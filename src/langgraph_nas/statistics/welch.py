"""The difference of two means of a few trainings each."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class MeanDifference(NamedTuple):
    """A difference of two means with its confidence interval."""

    mean: float
    low: float
    high: float


def welch(
    first: Sequence[float], second: Sequence[float], confidence: float = 0.95
) -> MeanDifference | None:
    """Return mean(first) - mean(second) by Welch's t interval; None with less than 2 of either.

    It covers the luck of the seed, and assumes about normal scores.

    Args:
        first: Scores of independent trainings.
        second: Scores of others; their variance may be another.
        confidence: Probability that the interval is to cover.
    """
    from scipy.special import stdtrit

    if min(len(first), len(second)) < 2:
        return None
    a, b = (np.var(scores, ddof=1) / len(scores) for scores in (first, second))
    mean = float(np.mean(first) - np.mean(second))
    if a + b <= 0:
        return MeanDifference(mean, mean, mean)
    freedom = (a + b) ** 2 / (a**2 / (len(first) - 1) + b**2 / (len(second) - 1))
    reach = float(stdtrit(freedom, (1 + confidence) / 2) * np.sqrt(a + b))
    return MeanDifference(mean, mean - reach, mean + reach)
