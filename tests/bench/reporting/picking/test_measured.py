"""What rows have of a column, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench import Column, Figure
from bench.reporting.picking.measured import Measured, of_runs
from bench.statistics import Scores
from picking import LATENCY, MEMORY, quality


def test_resources_are_judged_by_their_logarithms_cell_by_cell():
    found = of_runs(LATENCY, [[[2.0, 4.0], [4.0, 4.0]], [[8.0]], []], ["a", "a", "a"])
    assert found.values == [3.5, 8.0, None]
    assert found.overs == ["2 seeds, 4 runs", "1 seed", "0 seeds"]
    first, second, third = found.scores
    assert first is not None
    assert second is not None
    assert first.means == pytest.approx(-np.log([3.0, 4.0]))
    assert second.means == pytest.approx(-np.log([8.0]))
    assert third is None
    assert not found.complete


def test_the_runs_of_a_single_cell_count_each():
    found = of_runs(LATENCY, [[[2.0, 4.0, 3.0]]], [""])
    assert found.scores[0] is not None
    assert len(found.scores[0].means) == 3


def test_bounds_are_those_of_students_t_on_logarithms():
    values = [3.0, 3.3, 3.9]
    found = of_runs(LATENCY, [[[value] for value in values]], [""])
    logs = np.log(values)
    reach = stats.t.ppf(0.95, 2) * logs.std(ddof=1) / np.sqrt(3)
    assert found.bounds(0.05) == [pytest.approx((np.exp(logs.mean() - reach), np.exp(logs.mean() + reach)))]


def test_figures_that_are_not_positive_are_judged_as_they_are():
    values = [0.0, 1.0, 2.0]
    found = of_runs(MEMORY, [[[value] for value in values]], [""])
    reach = stats.t.ppf(0.95, 2) / np.sqrt(3)
    assert found.bounds(0.05) == [pytest.approx((1 - reach, 1 + reach))]


def test_nothing_sure_can_be_said_of_a_single_measurement():
    assert of_runs(LATENCY, [[[3.0]], []], ["", ""]).bounds(0.05) == [None, None]


@pytest.mark.parametrize(
    ("runs", "counted"),
    [([[[7.0]], [[9.0]], []], True), ([[[7.0], [7.0]], [[9.0]], []], False)],
    ids=["counts", "no spread anywhere"],
)
def test_what_has_no_spread_is_known(runs, counted):
    found = of_runs(MEMORY, runs, [""] * 3, counted=counted)
    assert found.bounds(0.05) == [(7, 7), (9, 9), None]
    better, worse = found.of([0, 1]).comparisons(0.05, 0.0), found.of([1, 0]).comparisons(0.05, 0.0)
    assert [each and each.answer for each in (*better, *worse)] == [None, "better", None, "worse"]
    assert [each and each.answer for each in found.of([0, 1]).comparisons(0.05, 2.0)] == [None, "same"]
    assert found.of([0, 1]).cheaper(0.05) == [None, None]
    assert found.of([1, 0]).cheaper(0.05) == [None, pytest.approx(7 / 9)]


def test_counts_are_whole_numbers():
    assert [type(value) for value in of_runs(MEMORY, [[[7.0]]], [""], counted=True).values] == [int]


def test_what_came_out_the_same_three_times_is_taken_to_be_so():
    runs = [[[7.0]] * 3, [[7.0]] * 2, [[7.0], [8.0], [9.0]]]
    found = of_runs(MEMORY, runs, ["a", "b", "c"]).bounds(0.05)
    assert found[:2] == [(7.0, 7.0), None]


def test_a_comparison_of_resources_is_a_ratio():
    found = of_runs(LATENCY, [[[2.0], [2.02], [1.98]], [[4.0], [4.04], [3.96]]], ["", ""])
    _, comparison = found.comparisons(0.05, 0.0)
    assert comparison is not None
    assert comparison.answer == "better"
    assert comparison.difference == pytest.approx(0.5, rel=1e-3)
    assert comparison.low < 0.5 < comparison.high < 0.6
    assert found.cheaper(0.05) == [None, None]
    assert found.of([1, 0]).cheaper(0.05) == [None, pytest.approx(0.5, rel=1e-3)]


def test_intervals_of_figures_of_which_less_is_better_are_in_their_unit():
    loss = Column(Figure("loss", better="lower"), "test loss", split="test")
    scores = [Scores(-np.array([1.0, 1.1, 1.2])), Scores(-np.array([2.0, 2.1, 2.2]))]
    found = Measured(loss, [1.1, 2.1], scores)
    for interval, mean in zip(found.intervals(0.05), (1.1, 2.1), strict=True):
        assert interval is not None
        assert interval.low < mean < interval.high
    _, comparison = found.comparisons(0.05, 0.0)
    assert comparison is not None
    assert comparison.answer == "better"
    assert comparison.low < comparison.difference == pytest.approx(-1.0)
    assert comparison.high > comparison.difference


def test_a_margin_is_in_the_figure_s_unit():
    right = np.random.default_rng(0).random((3, 4000)) < 0.9
    found = quality("test", [right, right[:, ::-1]])
    assert [each and each.answer for each in found.comparisons(0.05, 0.05)] == [None, "same"]
    latencies = of_runs(LATENCY, [[[2.0], [2.02], [1.98]], [[2.01], [2.03], [1.99]]], ["", ""])
    assert [each and each.answer for each in latencies.comparisons(0.05, 0.5)] == [None, "same"]
    assert [each and each.answer for each in latencies.comparisons(0.05, 0.0)] == [None, "undecided"]
