"""Figures that are no means are taken apart into what each unit contributes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from bench.statistics import jackknife
from bench.statistics.jackknife import MOST_UNITS

SCORES = np.array([0.0, 1.0, 1.0, 0.5, 0.25])


def mean_of(scores: Any) -> Any:
    return lambda weights: float(weights @ scores / weights.sum())


def test_of_a_mean_each_example_contributes_its_score():
    assert_allclose(jackknife(mean_of(SCORES), 5), SCORES, atol=1e-15)


def test_the_mean_of_the_contributions_is_the_figure():
    def logarithm(weights: Any) -> float:
        return float(np.log(weights @ SCORES))

    found = jackknife(logarithm, 5)
    assert found is not None
    assert found.mean() == pytest.approx(np.log(SCORES.sum()))
    assert np.ptp(found) > 0


def test_of_a_mean_groups_contribute_what_makes_their_mean_the_mean_over_examples():
    found = jackknife(mean_of(SCORES), 5, np.array([7, 7, 7, 3, 9]))
    assert found is not None
    mean, sums, sizes = SCORES.mean(), np.array([0.5, 2.0, 0.25]), np.array([1, 3, 1])
    assert_allclose(found, mean + (sums - mean * sizes) * 3 / 5)
    assert found.mean() == pytest.approx(mean)


def test_many_examples_are_put_together_into_units_at_random_and_always_the_same():
    scores = np.repeat([0.0, 1.0], 3000)  # as stored by class, of which no unit should be made
    first, second = (jackknife(mean_of(scores), 6000) for _ in range(2))
    assert first is not None
    assert len(first) == MOST_UNITS
    assert_allclose(first, second)
    error = first.std(ddof=1) / np.sqrt(len(first))
    assert error == pytest.approx(scores.std(ddof=1) / np.sqrt(6000), rel=0.15)


def test_many_groups_are_put_together_whole():
    groups = np.arange(3000) // 3  # 1,000 groups of three equal examples
    scores = np.random.default_rng(0).normal(size=1000).repeat(3)
    found = jackknife(mean_of(scores), 3000, groups)
    assert found is not None
    assert len(found) == MOST_UNITS
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert error == pytest.approx(scores[::3].std(ddof=1) / np.sqrt(1000), rel=0.15)


def test_the_figure_is_computed_a_bounded_number_of_times():
    calls = []

    def compute(weights: Any) -> float:
        calls.append(weights)
        return float(weights.sum())

    jackknife(compute, 10_000)
    assert len(calls) == MOST_UNITS + 1


@pytest.mark.parametrize("figure", [None, float("nan")])
def test_an_undefined_figure_has_no_contributions(figure):
    assert jackknife(lambda weights: figure, 5) is None


def test_a_figure_that_any_change_makes_undefined_has_none_either():
    assert jackknife(lambda weights: 1.0 if (weights == 1).all() else None, 5) is None


@pytest.mark.parametrize(("count", "groups"), [(0, None), (1, None), (3, np.array([4, 4, 4]))])
def test_fewer_than_two_units_have_none(count, groups):
    assert jackknife(lambda weights: 1.0, count, groups) is None


@pytest.mark.parametrize("undefined", [None, float("nan")])
def test_an_example_that_a_figure_cannot_be_without_counts_half(undefined):
    """The only one of its class, without which there is no macro-averaged recall."""
    target, right = np.array([0, 0, 0, 1]), np.array([1, 0, 1, 1])

    def macro_recall(weights: Any) -> float | None:
        wholes = np.bincount(target, weights, 2)
        return float(np.mean(np.bincount(target, weights * right, 2) / wholes)) if wholes.all() else undefined

    found = jackknife(macro_recall, 4)
    assert found is not None
    # Right ones of the first class move it by 1/3 - 1/4 and its mean is 5/6; the last one does not move it.
    moved = np.array([1 / 12, -1 / 6, 1 / 12, 0]) * 3
    assert_allclose(found, 5 / 6 + moved)


def test_the_spread_of_a_ratio_of_sums_is_that_of_its_linearisation():
    random = np.random.default_rng(0)
    intersections = random.uniform(size=250)
    unions = intersections + random.uniform(size=250)

    def iou(weights: Any) -> float:
        return float(weights @ intersections / (weights @ unions))

    found = jackknife(iou, 250)
    assert found is not None
    ratio = intersections.sum() / unions.sum()
    linear = ratio + (intersections - ratio * unions) / unions.mean()  # Cochran 1977, section 6.3
    assert_allclose(found, linear, atol=0.01)
    assert found.std() == pytest.approx(linear.std(), rel=0.01)
