"""Correlations as scipy gives them, and values that are known."""

import math

import numpy as np
import pytest
from scipy import stats

from langgraph_nas.statistics.correlation import agreement, kendall, pearson, ranks, spearman


@pytest.mark.parametrize("decimals", [None, 1, 0], ids=["no ties", "some ties", "many ties"])
@pytest.mark.parametrize("n", [2, 3, 30, 101])
def test_all_three_are_those_of_scipy(n: int, decimals: int | None):
    rng = np.random.default_rng(n)
    x = rng.normal(size=n)
    y = x + rng.normal(size=n)
    if decimals is not None:
        x, y = x.round(decimals), y.round(decimals)
    found = agreement(x, y)
    expected = (
        stats.pearsonr(x, y).statistic if n > 1 else math.nan,
        stats.spearmanr(x, y).statistic,
        stats.kendalltau(x, y).statistic,
    )
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_ranks_of_equal_values_are_the_mean_of_their_places():
    assert ranks([10, 20, 20, 5]).tolist() == [2, 3.5, 3.5, 1]


def test_one_swapped_neighbour_costs_what_the_formulas_say():
    assert kendall([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx((5 - 1) / 6)
    assert spearman([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(1 - 6 * 2 / (4 * 15))


def test_a_monotone_change_leaves_ranks_alone_but_not_the_linear_correlation():
    x = np.arange(1.0, 9.0)
    assert spearman(x, x**5) == kendall(x, x**5) == 1
    assert pearson(x, x**5) < 0.9
    assert agreement(x, -x) == (-1, -1, -1)


def test_a_constant_list_has_no_correlation():
    assert all(math.isnan(value) for value in agreement([0.1] * 7, range(7)))
