"""Variances that are moderated, against what Smyth's equations say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, special

from bench.statistics.moderation import moderate, unmoderated

KIND = np.zeros


def moderated(variances, freedom=2):
    count = np.shape(variances)[-1]
    return moderate(np.asarray(variances, dtype=float), np.full(count, freedom), KIND(count))


def test_where_all_vary_alike_the_kind_has_one_variance():
    found = moderated([1.0, 1.1, 0.9, 1.2])
    assert_allclose(found.variances, 1.05)
    assert np.isinf(found.prior).all()
    assert_array_equal(found.pool, [8, 8, 8, 8])
    assert_array_equal(found.share, 1)


def test_where_they_do_not_the_prior_solves_smyths_equations():
    variances = np.array([0.01, 0.1, 1.0, 10, 100])
    found = moderated(variances)
    logs = np.log(variances) - special.digamma(1) + np.log(1)
    logs = np.maximum(logs, np.log(0.01 * variances.mean()) - special.digamma(1))
    excess = logs.var(ddof=1) - special.polygamma(1, 1)
    prior = 2 * optimize.brentq(lambda at: special.polygamma(1, at) - excess, 1e-3, 1e3)
    typical = np.exp(logs.mean() + special.digamma(prior / 2) - np.log(prior / 2))
    between = (prior * typical + 2 * variances) / (prior + 2)
    assert_allclose(found.prior, prior, rtol=1e-4)
    assert_allclose(found.variances, np.maximum(variances, between), rtol=1e-4)
    assert_allclose(found.share, prior / (prior + 2), rtol=1e-4)


def test_a_contender_that_varies_much_gains_nothing_from_others():
    found = moderated([1e-4, 1e-4, 1e-4, 1.0])
    assert found.variances[3] == 1.0
    assert (found.variances[:3] > 1e-4).all()


def test_the_prior_that_variances_were_drawn_from_is_found():
    random = np.random.default_rng(0)
    prior, typical, freedom = 6, 2.0, 4
    true = typical * prior / random.chisquare(prior, 100_000)
    found = moderated(true * random.chisquare(freedom, true.shape) / freedom, freedom)
    assert found.prior[0] == pytest.approx(prior, rel=0.05)


def test_each_kind_is_moderated_by_itself_and_a_single_one_not_at_all():
    variances, kinds = np.array([1.0, 1.2, 50, 60, 7]), np.array([0, 0, 1, 1, 2])
    found = moderate(variances, np.full(5, 2), kinds)
    assert_allclose(found.variances, [1.1, 1.1, 55, 55, 7])
    assert_array_equal(found.pool, [4, 4, 4, 4, 2])


def test_those_without_degrees_of_freedom_take_no_part():
    found = moderate(np.array([0.0, 1.0, 1.2]), np.array([0, 2, 2]), KIND(3))
    assert_allclose(found.variances, [0, 1.1, 1.1])
    assert_array_equal(found.pool, [0, 4, 4])


def test_draws_are_moderated_one_by_one():
    variances = np.random.default_rng(0).chisquare(2, (20, 6))
    together = moderated(variances)
    for at, each in enumerate(variances):
        alone = moderated(each)
        assert_allclose(together.variances[at], alone.variances)
        assert_allclose(together.prior[at], alone.prior)


def test_variances_that_are_all_zero_stay_so():
    assert_array_equal(moderated([0.0, 0.0, 0.0]).variances, 0)


def test_unmoderated_ones_are_as_they_were():
    found = unmoderated(np.array([1.0, 2.0]), np.array([2, 4]))
    assert_array_equal(found.variances, [1, 2])
    assert_array_equal(found.share, 0)
