from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bench.api import Need
from bench.reporting.comparing import Amount, Margins
from bench.reporting.comparing.words import answer_of, change_of, interval_of

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
        (
            {"answer": "undecided", "need": Need(), "basis": "runs"},
            "undecided: more runs would hardly decide",
        ),
        ({"answer": "undecidable"}, "cannot be decided: too few seeds"),
        ({"answer": "undecidable", "note": "1 run each"}, "cannot be decided: 1 run each"),
    ],
)
def test_an_answer_is_never_more_certain_than_the_data(change, fields, told):
    assert answer_of(change("accuracy", 0.01, 0.0, 0.02, **fields), MARGINS) == told


def test_a_resource_has_a_margin_of_its_own(change):
    found = change("speed", 1.01, 0.99, 1.03, "same", first=100.0)
    assert answer_of(found, MARGINS) == "same within 5 %"


def test_what_is_identical_is_said_to_be(change):
    found = replace(change("accuracy", 0.0, -0.1, 0.1, "undecided"), identical=True)
    assert answer_of(found, MARGINS) == "identical"
