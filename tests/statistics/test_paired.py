"""Paired comparisons, against scipy, by hand, and by how often they are right."""

import numpy as np
import pytest
from scipy import stats

from langgraph_nas.statistics.paired import (
    bootstrap_interval,
    holm,
    paired_difference,
    sign_flip_p,
)

SCORES = np.array([0.81, 0.84, 0.79, 0.88, 0.83, 0.80, 0.86, 0.82, 0.85, 0.90])
OTHERS = np.array([0.80, 0.80, 0.80, 0.83, 0.84, 0.77, 0.84, 0.79, 0.83, 0.84])


def test_the_p_value_is_scipys_exact_one() -> None:
    ours = sign_flip_p(SCORES - OTHERS)
    theirs = stats.permutation_test(
        (SCORES, OTHERS), lambda x, y: np.mean(x - y), permutation_type="samples"
    )
    assert ours == pytest.approx(theirs.pvalue, abs=1e-9)


def test_of_many_pairs_the_p_value_is_drawn_and_near_the_t_test() -> None:
    rng = np.random.default_rng(1)
    differences = rng.normal(0.3, 1, 60)
    ours = sign_flip_p(differences)
    assert ours == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)
    assert sign_flip_p(np.full(60, 0.1)) == 1 / 10_001


@pytest.mark.parametrize(("n", "least"), [(1, 1.0), (2, 0.5), (3, 0.25), (10, 2 / 1024)])
def test_few_pairs_can_t_give_a_small_p_value(n: int, least: float) -> None:
    assert sign_flip_p(np.arange(1, n + 1) / 10) == least


def test_no_difference_at_all_is_no_evidence() -> None:
    found = paired_difference([0.5, 0.6], [0.5, 0.6])
    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_of_many_values_the_interval_is_scipys() -> None:
    rng = np.random.default_rng(3)
    skewed = rng.exponential(1, 400)
    ours = bootstrap_interval(skewed)
    theirs = stats.bootstrap((skewed,), np.mean, method="percentile", rng=rng)
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=0.005)


def test_of_few_values_it_is_wider_as_students_is() -> None:
    ours = bootstrap_interval(SCORES)
    students = stats.t.interval(0.95, 9, SCORES.mean(), stats.sem(SCORES))
    assert ours == pytest.approx(students, abs=0.003)


@pytest.mark.parametrize(("n", "least"), [(5, 0.90), (10, 0.92)])
def test_the_interval_covers_the_truth_about_as_often_as_it_says(n: int, least: float) -> None:
    rng = np.random.default_rng(7)
    hits, rounds = 0, 1_000
    for _ in range(rounds):
        low, high = bootstrap_interval(rng.normal(0.2, 1, n), resamples=1_000) or (1, 0)
        hits += low <= 0.2 <= high
    assert least <= hits / rounds <= 0.98


def test_chance_is_taken_for_a_difference_no_more_often_than_allowed() -> None:
    rng = np.random.default_rng(8)
    rejected = [sign_flip_p(rng.normal(0, 1, 8)) <= 0.05 for _ in range(1_000)]
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.02)


def test_pairing_tells_apart_what_seeds_blur() -> None:
    found = paired_difference(SCORES, OTHERS)
    assert found.mean == pytest.approx(np.mean(SCORES - OTHERS))
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < found.mean < found.high
    assert found.p < 0.02
    assert found.pairs == 10
    assert paired_difference(SCORES, OTHERS) == found  # seeded


def test_one_pair_has_no_interval() -> None:
    found = paired_difference([0.8], [0.7])
    assert (found.low, found.high, found.p) == (None, None, 1)


def test_scores_that_do_not_pair_are_an_error() -> None:
    with pytest.raises(ValueError, match="equally many"):
        paired_difference([0.1, 0.2], [0.1])
    with pytest.raises(ValueError, match="at least one"):
        paired_difference([], [])


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []
