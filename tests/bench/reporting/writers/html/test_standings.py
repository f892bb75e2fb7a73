"""A verdict as dots with whiskers: places, states, and what is said of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench import Comparison, Contender, Interval, Need, Verdict
from bench.reporting.writers.html.standings import SHOWN, standing
from pages import ACCURACY, Shape, report

INTERVALS = [Interval(0.9, 0.98, 0.95, "recipe"), Interval(0.8, 0.96, 0.95, "recipe"), None]
CONTENDERS = [
    Contender(name, mean, 0.01, 3, rank, interval)
    for name, mean, rank, interval in zip(
        "abc", (0.95, 0.9, 0.6), ((1, 2), (1, 2), (3, 3)), INTERVALS, strict=True
    )
]
COMPARISONS = [
    Comparison(0.05, -0.01, 0.11, 0.2, "undecided", "recipe", Need(5, 9)),
    Comparison(0.35, 0.2, 0.5, 0.001, "better", "recipe"),
]
VERDICT = Verdict("digits", ACCURACY, CONTENDERS, "seeds", comparisons=COMPARISONS)


def test_each_contender_has_a_mark():
    found = standing(VERDICT)
    assert found is not None
    first, second, third = found.marks
    assert [mark.state for mark in found.marks] == ["chosen", "open", "beaten"]
    assert (first.mean, first.interval, first.rank) == ("0.950", "0.900 to 0.980", "1–2")
    assert (second.lead, second.answer) == ("+0.050 (−0.010 to +0.110)", "undecided")
    assert second.need == "5–9 seeds might tell"
    assert (third.interval, third.low, third.answer) == ("", None, "surely worse")
    assert (first.answer, first.lead, first.need) == ("take this", "", "")


def test_places_are_those_of_the_scale():
    found = standing(VERDICT)
    assert found is not None
    assert (found.scale.low, found.scale.high) == (0.6, 1.0)
    assert [mark.at for mark in found.marks] == pytest.approx([0.875, 0.75, 0.0])
    assert (found.marks[0].low, found.marks[0].high) == pytest.approx((0.75, 0.95))
    assert [(mark.first, mark.last) for mark in found.marks] == [(0, 0.5), (0, 0.5), (1, 1)]


def test_the_one_to_take_need_not_be_the_first():
    found = standing(replace(VERDICT, chosen=1))
    assert found is not None
    assert [mark.state for mark in found.marks] == ["open", "chosen", "beaten"]
    assert [mark.answer for mark in found.marks] == ["undecided", "take this", "surely worse"]


def test_the_first_are_shown_and_the_one_to_take():
    [verdict] = report(Shape(rows=60)).verdicts
    found = standing(replace(verdict, chosen=50))
    assert found is not None
    assert [mark.title for mark in found.marks[:SHOWN]] == [c.title for c in verdict.contenders[:SHOWN]]
    assert found.marks[SHOWN].state == "chosen"
    assert len(found.marks) + found.more == 59


def test_what_the_intervals_hold_for():
    found = standing(VERDICT)
    assert found is not None
    assert found.holds == "95% intervals hold for a fresh seed on fresh examples"


def test_a_single_contender_is_the_only_one():
    found = standing(replace(VERDICT, contenders=CONTENDERS[:1], comparisons=[]))
    assert found is not None
    assert [mark.answer for mark in found.marks] == ["the only one"]


def test_nothing_that_can_be_drawn():
    contenders = [replace(CONTENDERS[0], mean=float("nan"))]
    assert standing(replace(VERDICT, contenders=contenders, comparisons=[])) is None
