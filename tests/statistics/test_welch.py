"""Welch's interval as scipy gives it."""

import numpy as np
import pytest
from scipy import stats

from langgraph_nas.statistics.welch import welch


@pytest.mark.parametrize(("m", "n"), [(3, 3), (2, 5), (10, 3)])
def test_the_interval_is_that_of_scipy(m: int, n: int):
    rng = np.random.default_rng(m + n)
    first, second = rng.normal(0.9, 0.01, m), rng.normal(0.85, 0.03, n)
    found = welch(list(first), list(second))
    expected = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert found is not None
    assert found == pytest.approx((first.mean() - second.mean(), expected.low, expected.high))


def test_one_score_has_no_interval():
    assert welch([0.5], [0.4, 0.6]) is None


def test_equal_scores_have_an_interval_without_width():
    assert welch([0.5, 0.5], [0.25, 0.25]) == (0.25, 0.25, 0.25)
