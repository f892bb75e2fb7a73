from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.cli.tables import fit, wrap

COLUMNS = {"name": ["a", "bb"], "x": ["1", "2"], "a long header": ["3", "4"], "y": ["long cell", ""]}


def test_columns_that_fit_stay_together():
    assert list(fit(COLUMNS, ["name"], 80)) == [COLUMNS]


def test_columns_that_do_not_fit_go_on_below_after_the_repeated_ones():
    # Widths with gaps: 6, 3, 8 (the header can be broken) and 11.
    parts = [list(part) for part in fit(COLUMNS, ["name"], 17)]
    assert parts == [["name", "x", "a long header"], ["name", "y"]]


@given(st.integers(0, 60))
def test_no_column_is_lost_and_none_repeated_but_the_keys(width):
    parts = list(fit(COLUMNS, ["name"], width))
    assert [name for part in parts for name in part if name != "name"] == ["x", "a long header", "y"]
    assert all(next(iter(part)) == "name" for part in parts)


def test_headers_are_broken_between_words():
    assert wrap("train_samples_per_s", 10) == "train_\nsamples_\nper_s"
    assert wrap("train_samples_per_s", 14) == "train_samples_\nper_s"
    assert wrap("test accuracy", 8) == "test\naccuracy"
    assert wrap("seeds", 2) == "seeds"


def test_keys_alone():
    assert list(fit({"name": ["a"]}, ["name"], 3)) == [{"name": ["a"]}]
