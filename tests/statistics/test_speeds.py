"""Speeds are compared by their runs: Welch's test on logarithms, and equivalence within a margin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bench.api import Comparison
from bench.statistics import Scores, judge

MARGIN = float(np.log(1.05))


def compared(*logarithms: NDArray[Any], margin: float = 0.0) -> Comparison:
    return judge([Scores(each) for each in logarithms], margin=margin, runs=True).comparison(0, 1)


def logarithms(shift: float, spread: float, runs: int, pairs: int) -> NDArray[Any]:
    """Of the runs of pairs of cells, `[pairs, 2, runs]`, the first of which are so much faster."""
    drawn = np.random.default_rng(0).normal(5, spread, size=(pairs, 2, runs))
    drawn[:, 0] += shift
    return drawn


def test_two_cells_are_compared_by_welchs_test() -> None:
    first, second = np.log([100.0, 101, 103, 99, 104]), np.log([110.0, 114, 112, 113, 131, 109])
    test = stats.ttest_ind(first, second, equal_var=False)
    found, interval = compared(first, second), test.confidence_interval(0.95)
    assert (found.p, found.low, found.high) == pytest.approx((test.pvalue, interval.low, interval.high))
    assert (found.answer, found.basis) == ("worse", "runs")


@pytest.mark.parametrize("runs", [3, 5, 10])
def test_what_does_not_differ_seems_to_in_one_of_twenty(runs: int) -> None:
    different = np.mean([compared(*pair).p < 0.05 for pair in logarithms(0.0, 0.05, runs, 3000)])
    # Of 3000 the standard deviation is 0.004. With three runs the test is known to be somewhat too careful.
    assert 0.03 < different < 0.062


def test_five_percent_slower_at_two_percent_of_noise_is_found_in_five_runs_each() -> None:
    found = [compared(*pair) for pair in logarithms(MARGIN, 0.02, 5, 500)]
    assert np.mean([item.answer == "better" for item in found]) > 0.9
    assert np.mean([item.low < MARGIN < item.high for item in found]) == pytest.approx(0.95, abs=0.03)


def test_equal_speeds_are_the_same_within_a_margin() -> None:
    found = [compared(*pair, margin=MARGIN).answer for pair in logarithms(0.0, 0.01, 5, 500)]
    assert found.count("same") > 0.9 * 500


def test_speeds_that_differ_by_the_margin_are_the_same_in_one_of_twenty_at_most() -> None:
    found = [compared(*pair, margin=MARGIN).answer for pair in logarithms(MARGIN, 0.01, 5, 2000)]
    assert found.count("same") < 0.06 * 2000


@pytest.mark.parametrize(("runs", "answer"), [(4, "undecidable"), (5, "better")])
def test_conclusions_need_five_runs(runs: int, answer: str) -> None:
    (pair,) = logarithms(1.0, 0.01, runs, 1)
    assert compared(*pair).answer == answer
