"""How large the largest of many statistics becomes by chance, where that is bounded."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.statistics import Scores, judge
from bench.statistics.family import MOST_CONTENDERS
from bench.statistics.largest import Bound


@pytest.mark.parametrize("freedom", [2.0, 7.5, 300.0])
def test_a_bound_is_bonferroni_s(freedom):
    bound = Bound(np.full((2, 2), freedom), 45)
    statistic = np.array([[0.0, 3.5], [-6.0, 1.0]])
    wanted = np.minimum(1, 45 * 2 * stats.t.sf(np.abs(statistic), freedom))
    assert bound.p(statistic) == pytest.approx(wanted, rel=1e-3)
    assert bound.critical(0.05) == pytest.approx(stats.t.isf(0.05 / 90, freedom), rel=1e-2)


def test_of_many_contenders_those_far_ahead_are_found_and_equal_ones_are_not():
    random = np.random.default_rng(0)
    means = np.where(np.arange(MOST_CONTENDERS + 1) < 1, 0.9, 0.5)
    family = judge([Scores(mean + 0.01 * random.standard_normal(5), kind="one") for mean in means])
    assert family.ranks[0] == (1, 1)
    assert set(family.ranks[1:]) == {(2, len(means))}
    assert family.better[0].tolist() == [False] + [True] * MOST_CONTENDERS
    assert not family.better[1:].any()
    assert family.better[0, 1] == (family.comparison(0, 1).answer == "better")
