"""What a winner owes to having been chosen, and how often others would be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.statistics import Scores, judge
from bench.statistics.winner import chosen_again, flattery

RANDOM = np.random.default_rng(7)


def test_the_best_of_equals_is_corrected_by_what_chance_gives_the_largest():
    # The largest of twelve normal deviates is 1.63 on average.
    errors = RANDOM.standard_normal((12, 4000))
    found = np.mean([flattery(RANDOM.standard_normal(12), errors) for _ in range(300)])
    assert found == pytest.approx(1.63, abs=0.15)


def test_one_that_is_far_ahead_owes_nothing():
    errors = RANDOM.standard_normal((12, 4000))
    assert flattery(np.array([20.0] + [0.0] * 11), errors) == pytest.approx(0, abs=0.05)


def test_one_alone_was_not_chosen():
    assert flattery(np.array([3.0]), RANDOM.standard_normal((1, 100))) == 0
    assert judge([Scores(np.array([3.0, 4.0]))]).corrected(0) == 3.5


def test_what_all_owe_together_does_not_matter():
    errors = RANDOM.standard_normal((5, 4000))
    means = RANDOM.standard_normal(5)
    shared = 100 * RANDOM.standard_normal(4000)
    shared -= shared.mean()
    assert flattery(means, errors + shared) == pytest.approx(flattery(means, errors), abs=0.1)


def test_equal_contenders_are_chosen_equally_often():
    examples = RANDOM.random((3, 500))
    assert chosen_again([Scores(examples.mean(axis=1), examples)] * 1, True, 50) == [1.0]
    single = [Scores(examples[:1].mean(axis=1), examples[:1])] * 4
    assert chosen_again(single, True, 50) == pytest.approx(0.25)


def test_two_are_chosen_as_often_as_their_difference_and_its_error_say():
    difference = RANDOM.normal(0, 1, 2000)
    difference += 0.02 - difference.mean()
    first = Scores(difference.mean(keepdims=True), difference[None])
    second = Scores(np.zeros(1), np.zeros((1, 2000)))
    found = chosen_again([first, second], True, 4000)
    expected = stats.norm.cdf(0.02 / (difference.std() / np.sqrt(2000)))
    assert found[0] == pytest.approx(expected, abs=0.03)


def test_seeds_are_drawn_again_where_they_alone_are_known():
    first, second = Scores(np.array([0.8, 0.9, 0.85])), Scores(np.array([0.7, 0.95]))
    found = judge([second, first]).chosen_again(2000)
    assert found.sum() == pytest.approx(1)
    assert 0.5 < found[1] < 0.9
