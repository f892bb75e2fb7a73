"""The largest of many statistics, against Tukey's studentised range."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from bench.statistics import Scores, judge
from bench.statistics.largest import Bound, Single

RANDOM = np.random.default_rng(5)

# Time to relief, in hours, with three brands of medicine: the example of scipy's `tukey_hsd`, from an article
# of JMP on Tukey's test.
BRANDS = [[24.5, 23.5, 26.4, 27.1, 29.9], [28.4, 34.2, 29.5, 32.2, 30.1], [26.1, 28.3, 24.3, 26.2, 27.8]]


DRAWN = stats.zscore(RANDOM.normal(0, 1, (6, 8)), axis=1) + np.linspace(0, 1.5, 6)[:, None]
"""Groups that vary exactly alike."""


@pytest.mark.parametrize("groups", [BRANDS, DRAWN], ids=["brands", "drawn"])
def test_pairs_that_vary_alike_are_compared_as_by_tukey(groups):
    family = judge([Scores(np.array(each)) for each in groups])
    tukey = stats.tukey_hsd(*groups)
    interval = tukey.confidence_interval(0.95)
    for first, second in combinations(range(len(groups)), 2):
        found = family.comparison(first, second)
        # Tukey's test takes it for granted that all vary alike; ours has but the data for that.
        assert found.p == pytest.approx(tukey.pvalue[first, second], abs=0.03)
        width = interval.high[first, second] - interval.low[first, second]
        assert found.high - found.low == pytest.approx(width, rel=0.1)


def test_single_networks_on_many_examples_as_by_the_range_of_normal_deviates():
    examples = RANDOM.normal(0, 1, (8, 1, 5000))
    family = judge([Scores(each.mean(axis=1), each) for each in examples])
    found = family.comparison(0, 1)
    limit = stats.studentized_range.ppf(0.95, 8, np.inf)  # of independent means
    assert (found.high - found.low) / 2 == pytest.approx(limit / np.sqrt(5000), rel=0.04)


def test_a_bound_is_bonferronis():
    bound, statistic = Bound(10), np.array([0.5, 3.0, -6.0])
    assert bound.p(statistic, np.full(3, 7.0)) == pytest.approx(
        np.minimum(20 * stats.t.sf(abs(statistic), 7), 1)
    )
    assert bound.critical(np.full(3, 7.0), 0.05) == pytest.approx(stats.t.isf(0.0025, 7), rel=1e-3)


def test_and_one_pair_needs_none():
    single, freedom = Single(), np.array([7.0])
    assert single.p(np.array([-2.0]), freedom) == pytest.approx(2 * stats.t.sf(2, 7))
    assert single.critical(freedom, 0.05) == pytest.approx(stats.t.isf(0.025, 7))


def test_two_that_never_differ_weigh_on_no_others():
    examples = RANDOM.normal(0, 1, (5, 1, 200))
    apart = [Scores(each.mean(axis=1), each) for each in examples]
    widths = [
        family.comparison(0, 1).high - family.comparison(0, 1).low
        for family in (judge(apart), judge([*apart, apart[-1]]))
    ]
    assert widths[1] == pytest.approx(widths[0], rel=0.05)
