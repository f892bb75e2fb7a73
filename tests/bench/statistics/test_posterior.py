"""What true spreads may be, against distributions that are known where the prior is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.statistics.moderation import moderate, unmoderated
from bench.statistics.posterior import likely_spreads

RANDOM = np.random.default_rng(0)


def drawn(seen, spread, draws=20_000):
    return likely_spreads(np.asarray(seen, dtype=float), spread, draws, np.random.default_rng(1))


def test_of_one_that_borrows_nothing_it_is_the_inverse_chi_square_distribution():
    found = drawn([2.0, 3.0], unmoderated(np.array([2.0, 3.0]), np.array([4, 9])))
    for spread, seen, freedom in zip(found, (2.0, 3.0), (4, 9), strict=True):
        assert stats.kstest(seen * freedom / spread, stats.chi2(freedom).cdf).pvalue > 0.001


def test_many_that_vary_alike_are_known_to():
    seen = 2.0 * RANDOM.chisquare(4, 200) / 4
    found = drawn(seen, moderate(seen, np.full(200, 4), np.zeros(200)), 2000)
    assert np.median(found) == pytest.approx(2.0, rel=0.1)
    assert np.quantile(found, 0.9) < 3.0


def test_many_that_do_not_keep_each_its_own():
    true = np.repeat([0.01, 1.0], 50)
    seen = true * RANDOM.chisquare(20, 100) / 20
    found = drawn(seen, moderate(seen, np.full(100, 20), np.zeros(100)), 2000)
    assert np.median(found[:50]) == pytest.approx(0.01, rel=0.2)
    assert np.median(found[50:]) == pytest.approx(1.0, rel=0.2)


def test_what_has_no_spread_keeps_none():
    seen, freedom = np.array([0.0, 1.0, 1.2]), np.array([0, 2, 2])
    found = drawn(seen, moderate(seen, freedom, np.zeros(3)), 100)
    assert (found[0] == 0).all()
    assert (found[1:] > 0).all()
