"""Several data sets stand for others like them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from bench.statistics import (
    compare_across,
    critical_difference,
    inconclusive,
    mean_ranks,
    normalised,
)

TREES = np.array(
    [
        [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1.0, 0.940, 0.619, 0.972, 0.957],
        [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1.0, 0.962, 0.666, 0.981, 0.978],
        [0.771, 0.590, 0.968, 0.654, 0.886, 0.916, 0.609, 0.563, 0.866, 1.0, 0.965, 0.614, 0.9751, 0.946],
        [0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685, 0.625, 0.875, 1.0, 0.962, 0.669, 0.975, 0.970],
    ]
)
"""AUC of four trees on 14 data sets: table 6 of Demsar, "Statistical comparisons of classifiers over multiple
data sets" (2006). One of two equal ones (voting) is a little more here, as the ranks beside them say.
"""


def test_mean_ranks_are_the_published_ones():
    assert_allclose(mean_ranks(TREES), [3.143, 2.000, 2.893, 1.964], atol=0.0005)


def test_critical_differences_are_the_published_ones():
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    assert critical_difference(4, 14, alpha=0.1) == pytest.approx(1.12, abs=0.005)
    # Table 5 (a) of the same article, for two to ten contenders.
    table = [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164]
    found = [critical_difference(k, 10) / np.sqrt(k * (k + 1) / 60) for k in range(2, 11)]
    assert_allclose(found, table, atol=0.0015)


def test_two_contenders_are_compared_by_the_paired_t_test():
    (found,) = compare_across(TREES[:2])
    test = stats.ttest_rel(TREES[0], TREES[1])
    interval = test.confidence_interval(0.95)
    assert found.difference == pytest.approx((TREES[0] - TREES[1]).mean())
    assert (found.low, found.high, found.p) == pytest.approx((interval.low, interval.high, test.pvalue))
    assert (found.answer, found.basis) == ("worse", "datasets")


def test_of_several_contenders_each_pair_has_its_share():
    found = compare_across(TREES, first=2)
    others = [0, 1, 3]
    expected = [6 * stats.ttest_rel(TREES[2], TREES[at]).pvalue for at in others]
    assert [item.p for item in found] == pytest.approx([min(p, 1.0) for p in expected])
    for item in found:
        assert (item.p <= 0.05) == (item.low > 0 or item.high < 0)


def test_a_difference_within_the_margin_is_none():
    (found,) = compare_across(TREES[[1, 3]], margin=0.02)
    test = stats.ttest_rel(TREES[1], TREES[3])
    low, high = test.confidence_interval(0.9)  # two one-sided tests (Schuirmann 1987)
    assert -0.02 < low < high < 0.02
    assert found.answer == "same"
    (found,) = compare_across(TREES[[1, 3]], margin=max(-low, high) - 1e-6)
    assert found.answer == "undecided"


def test_contenders_that_are_equal_everywhere_are_not_different():
    scores = np.tile([0.5, 0.7, 0.9], (2, 1))
    assert [item.answer for item in compare_across(scores)] == ["undecided"]
    assert [item.answer for item in compare_across(scores, margin=0.01)] == ["same"]


def test_a_difference_that_never_varies_is_one():
    (found,) = compare_across(np.array([[1.0, 2.0, 3.0], [0.5, 1.5, 2.5]]))
    assert (found.answer, found.p) == ("better", 0.0)


@pytest.mark.parametrize("datasets", [1, 2])
def test_one_or_two_data_sets_decide_nothing(datasets):
    (found,) = compare_across(np.array([[0.9] * datasets, [0.1] * datasets]))
    assert (found.answer, found.p) == ("undecidable", 1.0)
    assert (found.low, found.high) == (-np.inf, np.inf)
    assert inconclusive(datasets).startswith("nothing can be concluded of other data sets")


@pytest.mark.parametrize("datasets", [3, 4, 5, 6, 7])
def test_what_no_rank_test_can_reach_is_said(datasets):
    least = stats.wilcoxon(np.arange(1, datasets + 1), method="exact").pvalue
    assert (inconclusive(datasets) != "") == (least > 0.05)
    assert (f"is {least:.2g};" in inconclusive(datasets)) == (least > 0.05)


def test_normalised_scores_by_hand():
    scores = np.array([[1.0, 30.0, 7.0], [3.0, 10.0, 7.0], [2.0, 15.0, 7.0]])
    assert_allclose(normalised(scores), np.array([0 + 1 + 1, 1 + 0 + 1, 0.5 + 0.25 + 1]) / 3)


def test_what_is_missing_does_not_count():
    scores = np.array([[1.0, 30.0, 7.0, 5.0], [3.0, 10.0, np.nan, 6.0], [2.0, np.nan, 9.0, 5.5]])
    assert_allclose(normalised(scores), [(0 + 1 + 0 + 0) / 4, (1 + 0 + 1) / 3, (0.5 + 1 + 0.5) / 3])
    found = compare_across(scores)
    shared = scores[:, [0, 1, 3]]
    assert found[0].p == pytest.approx(min(1.0, 3 * stats.ttest_rel(shared[0], shared[1]).pvalue))
    assert found[0].difference == pytest.approx((shared[0] - shared[1]).mean())


def test_contenders_that_never_meet_are_not_compared():
    (found,) = compare_across(np.array([[1.0, np.nan], [np.nan, 1.0]]))
    assert (found.difference, found.answer) == (0.0, "undecidable")


@pytest.mark.parametrize("spreads", [[1.0] * 5, [0.3, 3, 0.3, 3, 0.3]], ids=["alike", "unlike"])
@pytest.mark.parametrize("datasets", [3, 6])
def test_equal_contenders_seem_different_in_one_of_twenty_families_at_most(datasets, spreads):
    random = np.random.default_rng(0)
    wrong = 0
    for scores in random.normal(size=(1000, 5, datasets)) * np.array(spreads)[:, None]:
        best = int(scores.mean(axis=1).argmax())
        wrong += any(item.answer == "better" for item in compare_across(scores, best))
    assert wrong / 1000 < 0.06  # the standard deviation of 5 % is 0.7 %
