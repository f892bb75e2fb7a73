from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.api import Column, Comparison, Figure
from bench.errors import BenchError
from bench.reporting.comparing.checks import checked, holm
from bench.reporting.comparing.tolerances import parse_tolerances
from bench.reporting.comparing.values import Change, Measured, Pair, Versus

ACCURACY = Column(Figure("accuracy", better="higher"), "test accuracy", split="test")
LOSS = Column(Figure("loss", better="lower"), "test loss", split="test")
SPEED = Column(Figure("samples_per_s", "samples/s", better="higher"), "train_samples_per_s", phase="train")
PARAMETERS = Column(Figure("parameters"), "parameters")


def change(column, first, second, p=0.001, answer="worse", **fields) -> Change:
    comparison = Comparison(second - first, -math.inf, math.inf, p, answer, "recipe")
    return Change(column, "seeds", measured(first), measured(second), comparison, **fields)


def measured(value) -> Measured:
    return Measured(value, 0.01, 3)


def versus(*changes, title="a") -> Versus:
    return Versus("old", "new", [Pair(title, {"backbone": title}, "", (3, 3), changes)])


def outcome(asked, *changes) -> str:
    [check], faults = checked([versus(*changes)], parse_tolerances([asked], "--fail-on"))
    assert faults == []
    return check.outcome


def test_a_sure_loss_beyond_the_tolerance_is_one():
    assert outcome("accuracy", change(ACCURACY, 0.90, 0.87)) == "lost"
    assert outcome("test accuracy:2%", change(ACCURACY, 0.90, 0.87)) == "lost"
    assert outcome("accuracy:0.02", change(ACCURACY, 0.90, 0.87)) == "lost"


def test_a_sure_loss_within_the_tolerance_is_none():
    assert outcome("accuracy:4%", change(ACCURACY, 0.90, 0.87)) == "kept"
    assert outcome("accuracy:3.1 points", change(ACCURACY, 0.90, 0.87)) == "kept"


def test_which_way_is_a_loss_depends_on_the_figure():
    assert outcome("loss", change(LOSS, 1.0, 1.2)) == "lost"
    assert outcome("loss", change(LOSS, 1.2, 1.0)) == "kept"
    assert outcome("accuracy", change(ACCURACY, 0.87, 0.90)) == "kept"


def test_the_test_is_one_sided():
    assert outcome("accuracy", change(ACCURACY, 0.90, 0.87, p=0.09)) == "lost"
    assert outcome("accuracy", change(ACCURACY, 0.90, 0.87, p=0.11)) == "undecided"
    assert outcome("accuracy", change(ACCURACY, 0.87, 0.90, p=0.001)) == "kept"


def test_checks_hold_together():
    rows = [versus(change(ACCURACY, 0.90, 0.87, p=0.06), title=name) for name in "ab"]
    checks, _ = checked(rows, parse_tolerances(["accuracy"], ""))
    assert [(check.outcome, check.p) for check in checks] == [("undecided", 0.06), ("undecided", 0.06)]


def test_what_cannot_be_tested_is_undecided_and_says_why():
    untested = Change(
        SPEED, "runs", measured(100.0), measured(50.0), None, "1 run each; 5 needed: --repeat 5"
    )
    [check], _ = checked([versus(untested)], parse_tolerances(["train_samples_per_s:5%"], ""))
    assert (check.outcome, check.p, check.note) == ("undecided", None, "1 run each; 5 needed: --repeat 5")
    assert outcome("accuracy", change(ACCURACY, 0.9, 0.5, p=1.0, answer="undecidable")) == "undecided"
    assert outcome("accuracy", change(ACCURACY, 0.9, 0.9, p=math.nan, answer="undecidable")) == "kept"


def test_a_figure_on_one_side_alone_is_a_fault():
    missing = Change(ACCURACY, "seeds", measured(0.5), None)
    checks, faults = checked([versus(missing)], parse_tolerances(["accuracy"], ""))
    assert (checks, faults) == ([], ["a: test accuracy was not measured in new"])


def test_rows_that_never_had_a_figure_are_passed_over():
    rows = [versus(change(ACCURACY, 0.9, 0.9)), versus(change(LOSS, 1.0, 1.0))]
    checks, faults = checked(rows, parse_tolerances(["loss"], ""))
    assert (len(checks), faults) == (1, [])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("acuracy", "no row has a figure 'acuracy'; did you mean 'test accuracy'?"),
        ("x", "no row has a figure 'x'; there are test accuracy, parameters, and all columns of the tables"),
        ("parameters", "'parameters' only describes: neither more nor less of it is a loss"),
    ],
)
def test_what_cannot_be_checked_is_told(name, told):
    changes = [change(ACCURACY, 0.9, 0.9), change(PARAMETERS, 1, 1)]
    with pytest.raises(BenchError) as error:
        checked([versus(*changes)], parse_tolerances([name], ""))
    assert str(error.value) == told


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_s_levels_are_in_order_and_between_single_ones_and_bonferroni_s(levels):
    found = holm(levels)
    for level, adjusted in zip(levels, found, strict=True):
        assert level <= adjusted <= min(1.0, level * len(levels)) + 1e-12
    by_level = [adjusted for _, adjusted in sorted(zip(levels, found, strict=True))]
    assert by_level == sorted(by_level)


def test_holm_s_example():
    # Holm's levels of 0.01, 0.02, 0.03, 0.04 are 4, 3, 2 and 1 times these, made to rise.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
