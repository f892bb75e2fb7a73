"""Figures, answers and addresses in few words."""

from __future__ import annotations

import math
from urllib.parse import unquote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import Comparison, Contender, Interval, Need, Row, Verdict
from bench.reporting.writers.html import texts
from pages import ACCURACY, LATENCY, TRAIN


@given(st.text())
def test_a_link_leads_to_a_file_beside_the_page(path):
    address = texts.link(path)
    found = urljoin("file:///results/vision/report.html?x", f"./{address}")
    assert urljoin("file:///results/vision/report.html", address or ".").startswith("file:///")
    assert found.startswith("file:///")
    assert unquote(address) == path.lstrip("/").encode(errors="surrogatepass").decode(errors="replace")


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("cells/0a.json", "cells/0a.json"),
        ("files/0a/a b#c?.png", "files/0a/a%20b%23c%3F.png"),
        ("//evil.example/x", "evil.example/x"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
    ],
)
def test_links(path, address):
    assert texts.link(path) == address


@pytest.mark.parametrize(
    ("need", "told"),
    [
        (None, ""),
        (Need(), "more examples would tell"),
        (Need(5, 9), "5–9 seeds might tell"),
        (Need(5, 5), "5 seeds might tell"),
    ],
)
def test_what_it_would_take_to_decide(need, told):
    assert texts.need(Comparison(0.1, -0.1, 0.3, 0.2, "undecided", "recipe", need), "seeds") == told


def test_speeds_lead_by_a_factor():
    verdict = Verdict("d", TRAIN, [Contender("a", 300.0, 1.0, 5, (1, 1))], "runs")
    assert texts.lead(Comparison(3.1, 2.9, 3.34, 0.0, "better", "runs"), verdict) == "3.1 times (2.9 to 3.34)"


def test_an_interval_without_ends_is_not_shown():
    assert (
        texts.gap(Comparison(-0.02, -0.05, 0.01, 0.3, "undecided", "recipe")) == "−0.020 (−0.050 to +0.010)"
    )
    assert texts.gap(Comparison(0.02, -math.inf, math.inf, 1.0, "undecidable", "recipe")) == "+0.0200"
    assert texts.interval(Interval(-math.inf, math.inf, 0.95, "recipe"), 3) == ""


@pytest.mark.parametrize(
    ("low", "high", "places"),
    [(0.90, 0.98, 3), (0.1, 0.9, 2), (0.5, 0.50002, 6), (100, 300, 0), (1, 1, 4), (2, 1, 4)],
)
def test_decimals_show_two_digits_of_half_the_width(low, high, places):
    assert texts.decimals(low, high) == places


@pytest.mark.parametrize(("found", "told"), [((1, 1), "1"), ((2, 5), "2–5")])
def test_ranks(found, told):
    assert texts.rank(found) == told


def test_axes():
    assert texts.axis(ACCURACY) == "test accuracy ↑"
    assert texts.axis(LATENCY) == "latency_ms_p50 (ms) ↓"


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "0 min 0 s"), (152, "2 min 32 s"), (3600, "1 h 0 min"), (5430, "1 h 30 min")]
)
def test_durations(seconds, told):
    assert texts.duration(seconds) == told


def test_a_row_is_named_without_its_data_set_and_with_its_settings():
    row = Row({"backbone": "b", "dataset": "d", "objective": "o"}, "done", [], settings="lr=0.1")
    assert texts.name_of(row) == "b · o · lr=0.1"
