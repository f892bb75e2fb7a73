"""Intervals of single means, against Wilson's and Student's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.statistics import Scores, judge

RANDOM = np.random.default_rng(3)


def interval(examples, **options):
    examples = np.atleast_2d(np.asarray(examples, dtype=float))
    return judge([Scores(examples.mean(axis=1), examples)], **options).interval(0)


@pytest.mark.parametrize(("right", "count"), [(0, 20), (1, 50), (49, 50), (30, 30), (810, 1000)])
def test_of_one_network_it_is_wilsons(right, count):
    wilson = stats.binomtest(right, count).proportion_ci(method="wilson")
    found = interval([1] * right + [0] * (count - right))
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high))
    assert found.basis == "networks"
    assert found.confidence == 0.95


def test_of_other_scores_it_is_students():
    examples = RANDOM.normal(5, 2, 25)
    student = stats.ttest_1samp(examples, 0).confidence_interval(0.9)
    found = interval(examples, alpha=0.1)
    assert (found.low, found.high) == pytest.approx((student.low, student.high))


def test_of_seeds_alone_likewise():
    means = np.array([0.8, 0.82, 0.79])
    student = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    found = judge([Scores(means)]).interval(0)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((student.low, student.high))
    assert found.basis == "seeds"
    assert judge([Scores(means[:1])]).interval(0) is None


def test_seeds_that_differ_make_it_wider():
    right = RANDOM.random((3, 400)) < np.array([[0.7], [0.8], [0.9]])
    found, alone = interval(right), interval(right[1])
    assert found.high - found.low > 3 * (alone.high - alone.low)
    assert found.basis == "recipe"
    assert 0 <= found.low < found.high <= 1
