"""Variance between networks and between trainings of one, and what that noise allows.

One-way random effects: score of training j of network i = mean + network_i + noise_ij. SNR, the
signal-to-noise ratio, is the variance of network_i over that of noise_ij. It bounds the linear
correlation (Spearman 1904), and for normal scores thereby those of ranks (Pearson 1907: rho_S =
6/pi arcsin(rho_P / 2); Greiner 1909: tau = 2/pi arcsin(rho_P)).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95


class Components(NamedTuple):
    """Variance components of n networks that trained k times each."""

    between: float
    """Variance of the networks' expected scores; 0 where its estimate would be below."""
    within: float
    """Variance of the scores of one network from training to training."""

    @property
    def signal_to_noise(self) -> float:
        """The ratio of the two; infinite without noise, 0 where there is neither."""
        if self.within <= 0:
            return math.inf if self.between > 0 else 0.0
        return self.between / self.within


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


class Ceiling(NamedTuple):
    """The highest correlations that noise allows, 0..1."""

    pearson: float
    spearman: float
    kendall: float


def components(scores: ArrayLike) -> Components:
    """Return the variance components of scores [n networks, k trainings], n and k >= 2.

    One-way random effects analysis of variance: within = mean square within, between = (mean
    square between - mean square within) / k.
    """
    table = np.asarray(scores, dtype=np.float64)
    between, within = _estimates(table.mean(1)[None], table.var(1, ddof=1)[None], table.shape[1])
    return Components(float(between[0]), float(within[0]))


def signal_to_noise_interval(
    scores: ArrayLike,
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the bootstrap percentile interval of the signal-to-noise ratio.

    Networks are drawn with replacement, each with all its trainings.

    Args:
        scores: [n networks, k trainings].
        confidence: Probability that the interval is to cover.
        resamples: Bootstrap samples.
        seed: Of the draw.
    """
    table = np.asarray(scores, dtype=np.float64)
    n, k = table.shape
    drawn = np.random.default_rng(seed).integers(n, size=(resamples, n))
    between, within = _estimates(table.mean(1)[drawn], table.var(1, ddof=1)[drawn], k)
    ratios = np.divide(between, within, out=np.full(resamples, np.inf), where=within > 0)
    ratios[(within <= 0) & (between <= 0)] = 0
    # `higher`: between a number and infinity there is nothing to interpolate.
    ends = np.quantile(ratios, [(1 - confidence) / 2, (1 + confidence) / 2], method="higher")
    return Interval(float(ends[0]), float(ends[1]))


def ceiling_to_truth(signal_to_noise: float) -> Ceiling:
    """Return the highest correlation of one noisy score with anything that its noise is no part of.

    rho_P = sqrt(SNR / (1 + SNR)).
    """
    return _ceiling(math.sqrt(_share(signal_to_noise)))


def ceiling_between_runs(signal_to_noise: float) -> Ceiling:
    """Return the correlation to expect of two noisy scores of the same networks.

    rho_P = SNR / (1 + SNR).
    """
    return _ceiling(_share(signal_to_noise))


def _ceiling(rho: float) -> Ceiling:
    spearman = 6 / math.pi * math.asin(rho / 2)
    kendall = 2 / math.pi * math.asin(rho)
    return Ceiling(rho, spearman, kendall)


def _share(ratio: float) -> float:
    return 1.0 if math.isinf(ratio) else ratio / (1 + ratio)


def _estimates(
    means: NDArray[np.float64], variances: NDArray[np.float64], k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return between and within [samples] of means and variances [samples, n]."""
    within = variances.mean(1)
    between = means.var(1, ddof=1) - within / k
    return np.maximum(between, 0.0), within
