from __future__ import annotations

import math

import pytest

from bench.errors import BenchError
from bench.reporting.comparing import ALIKE, Amount, Tolerance, parse_margins, parse_tolerances
from bench.reporting.comparing.tolerances import parse_amount


@pytest.mark.parametrize(
    ("text", "value", "relative"),
    [
        ("1%", 0.01, True),
        ("0.5 %", 0.005, True),
        ("0.01", 0.01, False),
        ("2e-3", 0.002, False),
        ("0.5 points", 0.005, False),
        ("1point", 0.01, False),
        ("0", 0.0, False),
    ],
)
def test_an_amount_is_a_share_or_in_the_figure_s_unit(text, value, relative):
    found = parse_amount(text, "--margin")
    assert (found.value, found.relative) == (pytest.approx(value), relative)


@pytest.mark.parametrize("text", ["", "x", "-1", "1 %%", "1%5", "nan", "inf", "1 pointss", "%"])
def test_what_is_no_amount_is_told(text):
    with pytest.raises(BenchError, match=r"--margin: '.*' is no difference; give one such as 1%"):
        parse_amount(text, "--margin")


def test_an_amount_is_spelled_as_it_was_given():
    assert [parse_amount(text, "").spelled for text in ("1%", "0.5points", "0.005")] == [
        *("1 %", "0.5 points", "0.005"),
    ]


def test_a_margin_is_in_the_unit_of_quality_or_a_share_for_resources():
    found = parse_margins("0.5 points, 5%", "--margin")
    assert (found.quality.spelled, found.resources.spelled) == ("0.5 points", "5 %")
    assert found.resources.logarithm == pytest.approx(math.log(1.05))
    assert parse_margins("5%", "").quality.value == 0
    assert parse_margins("", "") == ALIKE
    with pytest.raises(BenchError, match="--margin: give one difference of quality"):
        parse_margins("1%,2%", "--margin")


def test_tolerances_are_by_figure_and_may_have_none():
    found = parse_tolerances(["test accuracy:1%, train_samples_per_s", "val loss:0.1,"], "--fail-on")
    assert [(item.name, item.amount.spelled) for item in found] == [
        ("test accuracy", "1 %"),
        ("train_samples_per_s", ""),
        ("val loss", "0.1"),
    ]
    assert found[1] == Tolerance("train_samples_per_s", Amount())


@pytest.mark.parametrize(
    ("text", "told"), [(":1%", "names no figure"), ("accuracy:x", "'x' is no difference")]
)
def test_a_tolerance_that_is_none_is_told(text, told):
    with pytest.raises(BenchError, match=f"--fail-on: .*{told}"):
        parse_tolerances([text], "--fail-on")
