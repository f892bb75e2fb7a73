"""Whether two cells differ in speed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.reporting.difference import difference, welch


def cell(record, *rates, **fields):
    first, *further = ({"throughput": {"train": {"samples_per_s": rate}}} for rate in rates)
    return record(accuracy=0.5, resources=first, repeats=further, **fields)


def test_by_hand():
    # Logarithms -1, 0, 1 and 1, 3: means 0 and 2, variances of the means 1/3 and 1, so t = 2 / sqrt(4/3).
    found = welch([math.exp(-1), 1.0, math.exp(1)], [math.exp(1), math.exp(3)])
    freedom = (4 / 3) ** 2 / ((1 / 3) ** 2 / 2 + 1**2 / 1)  # Welch-Satterthwaite
    student = stats.t(freedom)
    assert found.ratio == pytest.approx(math.exp(2))
    assert found.p == pytest.approx(2 * student.sf(2 / math.sqrt(4 / 3)))
    reach = student.ppf(0.975) * math.sqrt(4 / 3)
    assert (found.low, found.high) == pytest.approx((math.exp(2 - reach), math.exp(2 + reach)))


def test_the_other_way_round_is_the_inverse():
    one, other = welch([100, 101, 103], [110, 114, 112]), welch([110, 114, 112], [100, 101, 103])
    assert one.ratio == pytest.approx(112 / 101.3, rel=0.01)
    assert one.ratio == pytest.approx(1 / other.ratio)
    assert (one.low, one.p) == pytest.approx((1 / other.high, other.p))
    assert one.low > 1
    assert one.p < 0.05


@pytest.mark.parametrize("runs", [3, 10])
def test_what_does_not_differ_seems_to_in_one_of_twenty(runs):
    random = np.random.default_rng(0)
    rates = np.exp(random.normal(5, 0.05, size=(4000, 2, runs)))
    different = np.mean([welch(*pair).p < 0.05 for pair in rates.tolist()])
    # Of 4000 the standard deviation is 0.0034. With three runs the test is known to be somewhat too careful.
    assert 0.03 < different < 0.062


def test_what_differs_is_found():
    random = np.random.default_rng(0)
    rates = np.exp(random.normal([[5.0], [5.2]], 0.02, size=(200, 2, 3)))
    found = [welch(*pair) for pair in rates.tolist()]
    assert np.mean([item.p < 0.05 for item in found]) > 0.95
    assert np.mean([item.low < math.exp(0.2) < item.high for item in found]) == pytest.approx(0.95, abs=0.04)


def test_cells_are_compared_by_all_their_runs(record):
    cells = cell(record, 100.0, 104.0, 99.0), cell(record, 90.0, 91.0)
    assert difference(*cells, "samples_per_s", "train") == welch([100.0, 104.0, 99.0], [90.0, 91.0])
    assert difference(*cells, "samples_per_s", "evaluate") is None


@pytest.mark.parametrize(
    ("first", "second", "fields"),
    [
        ([1.0], [1.0, 2.0], {}),
        ([1.0, 2.0], [1.0], {}),
        ([1.0, 2.0], [None, 2.0], {}),
        ([1.0, 1.0], [2.0, 2.0], {}),
        ([1.0, 2.0], [1.0, 2.0], {"machine": {"id": "bbb"}}),
        ([1.0, 2.0], [1.0, 2.0], {"effective": {"device": "cpu", "threads": 64}}),
    ],
    ids=["one run", "one run of the other", "not measured", "no spread", "other machine", "other threads"],
)
def test_what_cannot_be_told_is_none(record, first, second, fields):
    cells = cell(record, *first), cell(record, *second, **fields)
    assert difference(*cells, "samples_per_s", "train") is None
