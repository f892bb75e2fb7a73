"""Limits as they are spelled, and the columns that they are on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import BenchError
from bench.reporting.picking.limits import Columns, Source, parse_limits
from bench.reporting.picking.values import Limit
from bench.reporting.standings import Standings


@pytest.fixture
def columns(record):
    resources = {
        "throughput": {"train": {"samples_per_s": 10.0}, "": {"latency_ms": 3.0, "method": "a clock"}},
        "memory": {"": {"parameters": 7, "peak_mib": None}},
    }
    quality = {"test": {"accuracy": 0.5}, "val": {"accuracy": 0.6}}
    return Columns(Standings([record(quality=quality, resources=resources), record("b")]))


def test_limits_name_a_column_and_a_number():
    assert parse_limits(["latency_ms=20", "a=b=1e3"], ["test accuracy=-.5"]) == [
        Limit("latency_ms", 20.0, True),
        Limit("a=b", 1000.0, True),
        Limit("test accuracy", -0.5, False),
    ]


@pytest.mark.parametrize("text", ["latency_ms", "latency_ms=", "=3", " =3", "x=fast", "x=nan", "x=inf"])
def test_anything_that_is_no_limit_is_an_error(text):
    with pytest.raises(BenchError, match="must be COLUMN=NUMBER, as in --min train_peak_mib=500"):
        parse_limits([], [text])


def test_a_limit_is_spelled_as_it_was():
    assert Limit("latency_ms", 20.0, True).option == "--max latency_ms=20"
    assert Limit("accuracy", 0.125, False).option == "--min accuracy=0.125"


def test_a_column_goes_by_its_title_and_a_metric_by_its_name(columns):
    assert columns.find("accuracy", "--max") == Source("quality", "accuracy")
    assert columns.find("val accuracy", "--max") == Source("quality", "accuracy", split="val")
    assert columns.find("train_samples_per_s", "--max") == Source("throughput", "samples_per_s", "train")
    assert columns.find("parameters", "--max") == Source("memory", "parameters")


@pytest.mark.parametrize("title", ["method", "peak_mib", "latency"])
def test_what_is_no_column_of_numbers_is_told_with_those_there_are(columns, title):
    with pytest.raises(BenchError) as told:
        columns.find(title, "--max x=1")
    assert str(told.value).startswith(f"--max x=1: no column '{title}' of numbers")
    assert "did you mean 'latency_ms'?" in str(told.value) or title != "latency"
    assert (
        "; there are accuracy, test accuracy, val accuracy, train_samples_per_s, latency_ms, parameters"
        in str(told.value)
    )


def test_what_is_neither_better_high_nor_low_is_nothing_to_choose_by(columns):
    assert columns.goal("latency_ms") == Source("throughput", "latency_ms")
    with pytest.raises(BenchError, match="of 'parameters' neither more nor less is better"):
        columns.goal("parameters")


@given(st.text())
def test_any_text_is_a_limit_or_an_error_in_a_line(text):
    told = ""
    try:
        [limit] = parse_limits([text], [])
    except BenchError as error:
        told = str(error)
    else:
        assert limit.column
        assert parse_limits([limit.option.removeprefix("--max ")], []) == [limit]
    assert "\n" not in told
