"""Variance components that are known are found again, and the ceiling holds."""

import math

import numpy as np
import pytest
from scipy import stats

from langgraph_nas.statistics.correlation import agreement
from langgraph_nas.statistics.variance import (
    Components,
    ceiling_between_runs,
    ceiling_to_truth,
    components,
    signal_to_noise_interval,
)


def scores(
    n: int, k: int, between: float, within: float, seed: int = 0
) -> tuple["np.ndarray", "np.ndarray"]:  # type: ignore[type-arg]
    """Return what n networks are worth, and their noisy scores [n, k]."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0.8, math.sqrt(between), n)
    return truth, truth[:, None] + rng.normal(0, math.sqrt(within), (n, k))


def test_a_table_worked_by_hand():
    # Means 2, 4, 9 and variances 2, 2, 2 of two scores each: mean square between 2 * 13 = 26.
    assert components([[1, 3], [3, 5], [8, 10]]) == pytest.approx(Components(12, 2))


def test_the_components_give_the_f_statistic_of_scipy():
    _, table = scores(12, 4, 0.01, 0.02)
    found = components(table)
    f = stats.f_oneway(*table).statistic
    assert 1 + 4 * found.signal_to_noise == pytest.approx(f)


@pytest.mark.parametrize(("between", "within"), [(0.01, 0.0025), (0.002, 0.004)])
def test_known_components_are_recovered(between: float, within: float):
    found = [components(scores(30, 3, between, within, seed)[1]) for seed in range(400)]
    assert np.mean([one.between for one in found]) == pytest.approx(between, rel=0.05)
    assert np.mean([one.within for one in found]) == pytest.approx(within, rel=0.03)


def test_without_a_signal_the_variance_between_is_not_below_zero():
    found = [components(scores(10, 3, 0.0, 0.01, seed)[1]) for seed in range(100)]
    assert min(one.between for one in found) == 0
    assert np.mean([one.between for one in found]) < 0.001


@pytest.mark.parametrize(("between", "within", "ratio"), [(1, 0, math.inf), (0, 0, 0), (3, 2, 1.5)])
def test_the_ratio_is_told_without_noise_too(between: float, within: float, ratio: float):
    assert Components(between, within).signal_to_noise == ratio


def test_the_interval_covers_the_true_ratio_about_as_often_as_it_says():
    covered = 0
    for seed in range(200):
        _, table = scores(40, 3, 0.02, 0.01, seed)
        low, high = signal_to_noise_interval(table, resamples=400, seed=seed)
        covered += low <= 2 <= high
    assert 0.86 <= covered / 200 <= 0.99


def test_the_interval_is_the_same_each_time_and_narrows_with_more_networks():
    few, many = (scores(n, 3, 0.02, 0.01)[1] for n in (10, 300))
    assert signal_to_noise_interval(few) == signal_to_noise_interval(few)
    (a, b), (c, d) = signal_to_noise_interval(few), signal_to_noise_interval(many)
    assert d - c < (b - a) / 2


def test_scores_without_noise_have_an_infinite_interval_not_nan():
    assert signal_to_noise_interval([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]])[1] == math.inf


@pytest.mark.parametrize("ratio", [0.25, 1.0, 4.0, 25.0])
def test_the_ceilings_hold_in_simulation(ratio: float):
    truth, table = scores(2500, 2, ratio * 0.01, 0.01, seed=7)
    to_truth = agreement(table[:, 0], truth)
    between_runs = agreement(table[:, 0], table[:, 1])
    assert to_truth == pytest.approx(tuple(ceiling_to_truth(ratio)), abs=0.04)
    assert between_runs == pytest.approx(tuple(ceiling_between_runs(ratio)), abs=0.04)


def test_ceilings_at_the_ends():
    assert ceiling_to_truth(0) == ceiling_between_runs(0) == (0, 0, 0)
    assert ceiling_to_truth(math.inf) == ceiling_between_runs(math.inf) == pytest.approx((1, 1, 1))
    assert ceiling_to_truth(1).pearson == pytest.approx(math.sqrt(0.5))
    assert ceiling_between_runs(1).pearson == 0.5
    assert ceiling_between_runs(1).kendall == pytest.approx(1 / 3)
