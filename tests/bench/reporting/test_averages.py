"""Means and deviations, against the standard library's exact ones."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import Measurement
from bench.reporting.averages import deviation, mean, summarised

NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_a_mean_and_a_deviation_are_those_of_the_standard_library(values):
    assert mean(values) == pytest.approx(statistics.fmean(values))
    if len(values) > 1:
        assert deviation(values) == pytest.approx(statistics.stdev(values), abs=1e-6)
    else:
        assert deviation(values) is None


@given(st.lists(st.lists(NUMBERS, min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_cell_counts_once_however_often_it_was_run(cells):
    [found] = summarised([cells])
    means = list(map(statistics.fmean, cells))
    assert found.n == len(cells)
    assert found.value == pytest.approx(statistics.fmean(means))
    assert found.spread == (pytest.approx(statistics.stdev(means), abs=1e-6) if len(cells) > 1 else None)
    freedom = sum(len(runs) - 1 for runs in cells)
    squares = sum(statistics.variance(runs) * (len(runs) - 1) for runs in cells if len(runs) > 1)
    assert found.run_spread == (pytest.approx((squares / freedom) ** 0.5, abs=1e-6) if freedom else None)


def test_counts_stay_counts_where_their_means_are_whole():
    assert [item.value for item in summarised([[[2], [4]], [[5]]])] == [3, 5]
    assert [type(item.value) for item in summarised([[[2], [4]], [[5]]])] == [int, int]
    assert [type(item.value) for item in summarised([[[2], [3]], [[5]]])] == [float, float]
    assert [type(item.value) for item in summarised([[[2.0]], [[5]]])] == [float, float]


def test_texts_are_one_where_they_agree_and_all_where_not():
    rows = [[["a"], ["a", "a"]], [["a"], ["b\n"]], [], [[True], [True]], [[True], [3]]]
    assert summarised(rows) == [
        Measurement("a", n=2),
        Measurement("a/b", n=2),
        None,
        Measurement(True, n=2),
        Measurement("True/3", n=2),
    ]
