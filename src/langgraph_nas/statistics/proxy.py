"""Trust in the scores of short trainings: do they say which networks long ones favour?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from langgraph_nas.statistics.correlation import Agreement, agreement, spearman
from langgraph_nas.statistics.picks import Picks, simulate_picks
from langgraph_nas.statistics.variance import (
    CONFIDENCE,
    Ceiling,
    Interval,
    ceiling_between_runs,
    ceiling_to_truth,
    components,
    signal_to_noise_interval,
)

RESAMPLES = 1000
LEAST_AT_THE_TOP = 3
"""Networks that the top decile has at least: two would be in the same order or not."""

LEAST_FOR_INTERVAL = 8
"""Networks: most samples of fewer hold two or three different ones, which is no interval."""

Table = NDArray[np.float64]
Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Two scores of each network."""


@dataclass(frozen=True)
class Spread:
    """What the scores of one number of epochs vary by."""

    mean: float
    between: float
    """Standard deviation between networks."""
    within: float
    """Standard deviation of one network from training to training."""
    signal_to_noise: float
    interval: Interval
    """Of the signal-to-noise ratio, by bootstrap over networks."""
    to_tell_apart: float
    """MeanDifference of two networks' single scores that luck exceeds once in twenty times only."""


@dataclass(frozen=True)
class MeasuredAgreement:
    """Correlations that were measured, as means over trainings."""

    networks: int
    agreement: Agreement
    interval: Interval
    """Of Spearman's, by bootstrap over networks; NaN with too few."""


@dataclass(frozen=True)
class Regret:
    """What is lost in long trainings by taking the network that a short one favours."""

    mean: float
    """Best network's mean minus that of the one picked; over the short trainings."""
    worst: float
    random: float
    """The same for a network taken at random."""
    places: tuple[int, ...]
    """Place of each one picked among the long means, from 1."""


@dataclass(frozen=True)
class Proxy:
    """Short trainings as a proxy of long ones."""

    short: Spread
    long: Spread
    to_truth: Ceiling
    """Highest correlation of one short score with anything that its luck is no part of."""
    between_runs: Ceiling
    """Correlation to expect of two short scores; beside it, `repeated`."""
    repeated: MeasuredAgreement
    one: MeasuredAgreement
    """One short training against the mean of the long ones."""
    averaged: MeasuredAgreement
    """The mean of the short trainings against the mean of the long ones."""
    top: MeasuredAgreement
    """As `one`, among the best tenth by the mean of the long ones."""
    regret: Regret
    picks: Picks


def judge(short: ArrayLike, long: ArrayLike, *, seed: int = 0) -> Proxy:
    """Return how well short trainings tell what long ones would.

    Args:
        short: Scores [n networks, k trainings], n >= 3, k >= 2; higher is better.
        long: Scores of the same networks, [n, l]; l >= 2.
        seed: Of the bootstrap.
    """
    a, b = np.asarray(short, dtype=np.float64), np.asarray(long, dtype=np.float64)
    truth = b.mean(1)
    spread = _spread(a, seed)
    most = max(LEAST_AT_THE_TOP, math.ceil(len(a) / 10))
    top = np.argsort(-truth, kind="stable")[:most]
    return Proxy(
        short=spread,
        long=_spread(b, seed),
        to_truth=ceiling_to_truth(spread.signal_to_noise),
        between_runs=ceiling_between_runs(spread.signal_to_noise),
        repeated=_measure([(x, y) for x, y in combinations(a.T, 2)], seed),
        one=_measure([(x, truth) for x in a.T], seed),
        averaged=_measure([(a.mean(1), truth)], seed),
        top=_measure([(x, truth[top]) for x in a[top].T], seed),
        regret=_regret(a, truth),
        picks=simulate_picks(a, truth, seed=seed),
    )


def _spread(scores: Table, seed: int) -> Spread:
    found = components(scores)
    return Spread(
        mean=float(scores.mean()),
        between=math.sqrt(found.between),
        within=math.sqrt(found.within),
        signal_to_noise=found.signal_to_noise,
        interval=signal_to_noise_interval(scores, seed=seed),
        to_tell_apart=1.96 * math.sqrt(2 * found.within),
    )


def _measure(pairs: Sequence[Pair], seed: int) -> MeasuredAgreement:
    """Return the mean correlations of pairs of scores of the same networks."""
    n = len(pairs[0][0])
    found = np.mean([agreement(x, y) for x, y in pairs], axis=0)
    return MeasuredAgreement(n, Agreement(*map(float, found)), _interval(pairs, n, seed))


def _interval(pairs: Sequence[Pair], n: int, seed: int) -> Interval:
    if n < LEAST_FOR_INTERVAL:
        return Interval(math.nan, math.nan)
    drawn = np.random.default_rng(seed).integers(n, size=(RESAMPLES, n))
    means = [np.mean([spearman(x[rows], y[rows]) for x, y in pairs]) for rows in drawn]
    known = np.array([mean for mean in means if np.isfinite(mean)])
    if not len(known):
        return Interval(math.nan, math.nan)
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))


def _regret(scores: Table, truth: Table) -> Regret:
    picked = scores.argmax(0)
    lost = truth.max() - truth[picked]
    return Regret(
        mean=float(lost.mean()),
        worst=float(lost.max()),
        random=float(truth.max() - truth.mean()),
        places=tuple(int((truth > truth[one]).sum()) + 1 for one in picked),
    )
