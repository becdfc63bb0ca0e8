"""Simulated short and long trainings: the measures find what was put in."""

import math

import numpy as np
import pytest

from langgraph_nas.statistics.proxy import judge


def simulated(
    n: int, signal: float, noise: float, drift: float = 0.0, seed: int = 0
) -> tuple["np.ndarray", "np.ndarray"]:  # type: ignore[type-arg]
    """Scores of short and long trainings; `drift` is what long ones know and short ones don't."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(0.5, signal, n)
    later = 0.9 * worth + 0.3 + rng.normal(0, drift, n) if drift else worth + 0.2
    short = worth[:, None] + rng.normal(0, noise, (n, 3))
    return short, later[:, None] + rng.normal(0, 1e-6, (n, 3))


@pytest.mark.slow
def test_if_noise_is_all_that_parts_them_the_ceiling_is_reached():
    found = judge(*simulated(1500, 0.1, 0.1, seed=3))
    assert found.short.signal_to_noise == pytest.approx(1, rel=0.15)
    assert found.one.agreement == pytest.approx(tuple(found.to_truth), abs=0.04)
    assert found.repeated.agreement == pytest.approx(tuple(found.between_runs), abs=0.05)
    assert found.averaged.agreement.spearman > found.one.agreement.spearman + 0.1


@pytest.mark.slow
def test_what_short_trainings_can_not_know_stays_below_the_ceiling():
    found = judge(*simulated(400, 0.1, 0.01, drift=0.2, seed=4))
    assert found.to_truth.spearman > 0.98
    assert found.one.agreement.spearman < 0.7
    assert found.one.interval.high < found.to_truth.spearman


def test_a_perfect_proxy_has_no_regret():
    found = judge(*simulated(30, 0.1, 1e-6))
    assert (found.regret.mean, found.regret.worst) == (0, 0)
    assert found.regret.places == (1, 1, 1)
    assert found.one.agreement.kendall > 0.99
    assert found.regret.random > 0.1


def test_regret_is_what_the_picked_networks_lack():
    short = np.array([[0.9, 0.1, 0.1], [0.5, 0.5, 0.5], [0.1, 0.9, 0.2]])
    long = np.array([[0.6, 0.6], [0.7, 0.9], [0.7, 0.7]])  # means 0.6, 0.8, 0.7
    found = judge(short, long).regret
    assert found.places == (3, 2, 1)
    assert (found.mean, found.worst) == pytest.approx((0.1, 0.2))
    assert found.random == pytest.approx(0.1)


@pytest.mark.slow
def test_two_scores_as_far_apart_as_said_are_rarely_in_the_wrong_order():
    short, _ = simulated(500, 0.05, 0.02, seed=5)
    reach = judge(short, short).short.to_tell_apart
    luck = np.random.default_rng(6).normal(0, 0.02, (20_000, 2))
    assert np.mean(abs(luck[:, 0] - luck[:, 1]) > reach) == pytest.approx(0.05, abs=0.01)


def test_the_top_decile_has_three_networks_at_least_and_no_made_up_interval():
    found = judge(*simulated(12, 0.1, 0.05))
    assert found.top.networks == 3
    assert math.isnan(found.top.interval.low)
    assert judge(*simulated(95, 0.1, 0.05)).top.networks == 10


@pytest.mark.slow
def test_restricted_to_the_best_the_order_is_harder_to_see():
    found = judge(*simulated(600, 0.1, 0.1, seed=8))
    assert found.top.agreement.spearman < found.one.agreement.spearman - 0.2
