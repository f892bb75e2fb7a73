from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bench.api import Need
from bench.reporting.comparing import Amount, Margins
from bench.reporting.comparing.values import Compared, Pair, Versus
from bench.reporting.comparing.words import answer_of, change_of, headline, interval_of

MARGINS = Margins(Amount(0.005, False, "0.5 points"), Amount(0.05, True, "5 %"))


def test_shares_change_by_points_and_others_in_their_unit(change):
    found = change("accuracy", -0.012, -0.02, 0.001, "undecided")
    assert (change_of(found), interval_of(found)) == ("−1.20 points", "−2.00 to +0.10 points")
    assert change_of(change("psnr", 1.5, 1.0, 2.0, "better", first=20.0)) == "+1.500 dB"


@pytest.mark.parametrize(
    ("ratio", "told"), [(1.042, "+4.2 %"), (0.9, "−10.0 %"), (3.08, "3.08 times"), (0.25, "0.25 times")]
)
def test_resources_change_by_percent_or_times(change, ratio, told):
    assert change_of(change("speed", ratio, ratio, ratio, "better", first=100.0)) == told


def test_a_ratio_and_its_interval_are_told_in_one_unit(change):
    found = change("speed", 1.2, 0.36, 2.7, "undecided", first=100.0)
    assert (change_of(found), interval_of(found)) == ("1.20 times", "0.36 to 2.70 times")
    found = change("speed", 1.2, 0.9, 1.5, "undecided", first=100.0)
    assert (change_of(found), interval_of(found)) == ("+20.0 %", "−10.0 to +50.0 %")


def test_an_interval_without_ends_is_not_told(change):
    assert interval_of(change("accuracy", 0.1, -math.inf, math.inf, "undecidable")) == ""


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"answer": "better"}, "better"),
        ({"answer": "better", "basis": "networks"}, "better (of these networks)"),
        ({"answer": "same"}, "same within 0.5 points"),
        ({"answer": "undecided", "need": Need(5, 9)}, "undecided: 5 to 9 seeds of each may decide"),
        ({"answer": "undecided", "need": Need(5, 5)}, "undecided: 5 seeds of each may decide"),
        ({"answer": "undecided", "need": Need()}, "undecided: more test examples may decide"),
        ({"answer": "undecidable"}, "cannot be decided: too few seeds"),
        ({"answer": "undecidable", "note": "1 run each"}, "cannot be decided: 1 run each"),
    ],
)
def test_an_answer_is_never_more_certain_than_the_data(change, fields, told):
    assert answer_of(change("accuracy", 0.01, 0.0, 0.02, **fields), MARGINS) == told


def told(*rows, vanished=()):
    pairs = [Pair(str(at), {}, "", (3, 3), changes) for at, changes in enumerate(rows)]
    against = Versus("old", "new", pairs, vanished)
    return headline(against, Compared([against], margins=MARGINS))


@pytest.fixture
def accuracy(change):
    return lambda answer, difference=0.01: change("accuracy", difference, -0.1, 0.1, answer)


@pytest.fixture
def speed(change):
    return lambda answer, ratio=3.08: change("speed", ratio, 3.0, 3.2, answer, first=100.0)


def test_one_line_says_it_all(accuracy, speed):
    assert told([accuracy("same"), speed("better")]) == (
        "same within 0.5 points, 3.08 times as fast (train_samples_per_s)"
    )
    assert told([accuracy("worse", -0.031)]) == "worse by 3.10 points"
    assert told([accuracy("undecided")]) == "test accuracy undecided (+1.00 points)"
    assert told([accuracy("better")], [accuracy("better")]) == "better in both rows"
    assert told([accuracy("better")], [accuracy("undecided")], [accuracy("undecided")]) == (
        "undecided in 2, better in 1 of 3 rows"
    )
    assert told([]) == "nothing that both sides rank by"


def test_speeds_of_several_rows_are_a_geometric_mean(speed):
    assert told([speed("better", 2.0)], [speed("better", 8.0)]).startswith("4 times as fast")
    assert told([speed("better", 2.0)], [speed("undecided", 2.0)]).startswith(
        "2 times as fast, surely in 1 of 2 rows"
    )
    assert told([speed("undecidable")]).startswith("3.08 times as fast, but not surely")


def test_what_vanished_is_in_the_line(accuracy):
    assert told([accuracy("same")], vanished=["a"]) == "same within 0.5 points; 1 row vanished"


def test_a_resource_has_a_margin_of_its_own(speed):
    assert answer_of(speed("same", 1.01), MARGINS) == "same within 5 %"


def test_what_is_identical_is_said_to_be(accuracy, speed):
    same = [replace(accuracy("undecided"), identical=True), replace(speed("undecided"), identical=True)]
    assert answer_of(same[0], MARGINS) == "identical"
    assert told(same) == "identical"
