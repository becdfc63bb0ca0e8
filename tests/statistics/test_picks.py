"""Simulated searches: the luckiest network, and the one that was confirmed."""

import math

import numpy as np
import pytest

from langgraph_nas.statistics.picks import simulate_picks


def networks(seed: int, noise: float, n: int = 40) -> tuple["np.ndarray", "np.ndarray"]:  # type: ignore[type-arg]
    """Three scores of each network, and what it is worth."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(0.5, 0.02, n)
    return worth[:, None] + rng.normal(0, noise, (n, 3)), worth


def test_the_highest_of_noisy_scores_is_too_good_and_confirming_makes_it_less_so():
    found = [simulate_picks(*networks(seed, 0.05)) for seed in range(10)]

    def mean(way: str, of: str) -> float:
        return float(np.mean([getattr(getattr(one, way), of) for one in found]))

    excess = {way: mean(way, "claimed") - mean(way, "anew") for way in ("once", "confirmed")}
    assert excess["once"] > 1.3 * excess["confirmed"] > 0
    assert mean("confirmed", "regret") < mean("once", "regret")
    assert mean("once", "trainings") == 40
    assert 42 < mean("confirmed", "trainings") < 50  # bests are found about ln(40) times


def test_without_noise_there_is_nothing_to_confirm():
    found = simulate_picks(*networks(0, 1e-9))
    assert (found.once.regret, found.confirmed.regret) == (0, 0)
    assert found.once.claimed == pytest.approx(found.confirmed.anew)


def test_of_two_trainings_none_is_left_to_confirm_with():
    scores, worth = networks(0, 0.05, 5)
    found = simulate_picks(scores[:, :2], worth)
    assert math.isnan(found.confirmed.anew)
    assert not math.isnan(found.once.anew)


def test_one_seed_gives_one_answer():
    assert simulate_picks(*networks(0, 0.05), seed=3) == simulate_picks(*networks(0, 0.05), seed=3)
