"""Scales: what is on them, in order, with marks that are round."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.reporting.writers.html.scale import WIDE, drawable, fitting, linear, short

NUMBERS = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20)
POSITIVE = st.lists(st.floats(1e-9, 1e12), min_size=1, max_size=20)


@given(NUMBERS)
def test_a_linear_scale_holds_its_values_in_order(values):
    scale = linear(values)
    slack = 1e-6 * (scale.high - scale.low)
    assert scale.low - slack <= min(values) <= max(values) <= scale.high + slack
    places = [scale.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)


@given(POSITIVE)
def test_a_logarithmic_scale_holds_its_values_in_order(values):
    values = [*values, 2 * WIDE * min(values)]
    scale = fitting(values)
    assert scale.log
    assert scale.low <= min(values) * (1 + 1e-8)
    assert scale.high >= max(values) * (1 - 1e-8)
    places = [scale.at(value) for value in sorted(values)]
    assert places == sorted(places)


@given(NUMBERS)
def test_marks_are_few_and_at_equal_distances(values):
    marks = linear(values).marks
    assert 2 <= len(marks) <= 12
    steps = [b - a for a, b in pairwise(marks)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-3)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([0.613, 0.987], [0.6, 0.7, 0.8, 0.9, 1.0]),
        ([3, 97], [0, 20, 40, 60, 80, 100]),
        ([0.0], [-1.0, -0.5, 0.0, 0.5, 1.0]),
        ([0.0, 5e-324], [-1.0, -0.5, 0.0, 0.5, 1.0]),
        ([-2, 2], [-2, -1, 0, 1, 2]),
    ],
)
def test_marks_are_round(values, marks):
    assert linear(values).marks == pytest.approx(marks)


def test_marks_of_a_logarithmic_scale():
    assert fitting([3, 700]).marks == pytest.approx([2, 5, 10, 20, 50, 100, 200, 500, 1000][::2])
    assert fitting([0.02, 9e4]).marks == pytest.approx([10.0**power for power in range(-2, 6)][::2])
    assert fitting([10.0, 1000.0]).marks[0] == 10


def test_a_scale_is_logarithmic_where_values_are_far_apart():
    assert fitting([1, 100]).log
    assert fitting([1, 100]).at(10) == pytest.approx(0.5)
    assert not fitting([1, 10]).log
    assert not fitting([0, 100]).log
    assert not fitting([-1, 100]).log


def test_what_is_beyond_a_scale_is_at_its_end():
    assert [linear([0, 1]).at(value) for value in (-5, 5)] == [0, 1]
    assert [fitting([1, 1000]).at(value) for value in (-5, 0, 1e9)] == [0, 0, 1]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, True, "3", None])
def test_what_cannot_be_drawn(value):
    assert not drawable(value)


@pytest.mark.parametrize("value", [0, -3.5, 7])
def test_what_can_be_drawn(value):
    assert drawable(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.95, "0.95"), (0.30000000000000004, "0.3"), (5000, "5000"), (20000, "20k"), (3e6, "3M"), (2e9, "2G")],
)
def test_numbers_at_an_axis_are_short(value, text):
    assert short(value) == text
