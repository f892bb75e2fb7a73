from __future__ import annotations

from dataclasses import replace

import pytest

from bench.reporting.comparing import Amount, Margins
from bench.reporting.comparing.headline import headline
from bench.reporting.comparing.values import Compared, Pair, Versus

MARGINS = Margins(Amount(0.005, False, "0.5 points"))


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


def test_what_is_identical_is_said_to_be(accuracy, speed):
    same = [replace(accuracy("undecided"), identical=True), replace(speed("undecided"), identical=True)]
    assert told(same) == "identical"
