"""The worth of training each new best of a search once more before it counts."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

ORDERS = 1000
"""Searches that are simulated."""

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Pick:
    """The best network of a search, chosen in one way; means over simulated searches."""

    claimed: float
    """Its score as the search has it."""
    anew: float
    """Its score in short trainings that the search did not see; NaN if there is none left."""
    regret: float
    """What its long trainings lack to those of the best."""
    trainings: float


@dataclass(frozen=True)
class Picks:
    """What it is worth to train each new best once more."""

    once: Pick
    """The highest of single scores."""
    confirmed: Pick
    """Each new best is trained again, and ranked by the mean of both scores."""


def simulate_picks(scores: ArrayLike, truth: ArrayLike, *, seed: int = 0) -> Picks:
    """Simulate searches that come upon networks in any order, with any of their scores.

    Args:
        scores: Of short trainings, [n networks, k trainings], k >= 2; higher is better.
        truth: What long trainings show of each network, [n].
        seed: Of the orders.
    """
    scores, truth = np.asarray(scores, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    rng = np.random.default_rng(seed)
    once, confirmed = [], []
    for _ in range(ORDERS):
        drawn = rng.permuted(scores, axis=1)
        once.append(_picked(drawn, truth, range(len(drawn)), confirm=False))
        confirmed.append(_picked(drawn, truth, rng.permutation(len(drawn)), confirm=True))
    return Picks(*(Pick(*map(float, np.mean(found, axis=0))) for found in (once, confirmed)))


def _picked(
    drawn: Table, truth: Table, order: Iterable[int], *, confirm: bool
) -> tuple[float, float, float, float]:
    """Return what one search claims of its best, that one's mean anew, its regret, trainings."""
    best, claimed, trainings = 0, -math.inf, 0
    used = 2 if confirm else 1
    for network in order:
        trainings += 1
        if drawn[network, 0] <= claimed:
            continue
        trainings += used - 1
        score = float(drawn[network, :used].mean())
        if score > claimed:
            best, claimed = int(network), score
    left = drawn[best, used:]
    anew = float(left.mean()) if len(left) else math.nan
    return claimed, anew, float(truth.max() - truth[best]), trainings
