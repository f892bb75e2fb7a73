"""How rows stand to limits."""

from __future__ import annotations

import pytest

from bench.reporting.picking.measured import of_runs
from bench.reporting.picking.standing import held
from bench.reporting.picking.values import Limit
from picking import LATENCY, MEMORY


def around(value: float) -> list[list[float]]:
    return [[value * factor] for factor in (0.98, 1.0, 1.02)]


def standings(limits) -> list[list[str]]:
    return [[each.standing for each in row] for row in held(limits, 0.05)]


def test_a_row_is_within_outside_or_may_be():
    latency = of_runs(LATENCY, [around(5.0), around(19.9), around(40.0), [], [[5.0]]], ["a"] * 5)
    assert standings([(Limit("latency_ms", 20.0, True), latency)]) == [
        ["within"],
        ["open"],
        ["outside"],
        ["unmeasured"],
        ["open"],
    ]
    assert standings([(Limit("latency_ms", 20.0, False), latency)])[:3] == [["outside"], ["open"], ["within"]]


def test_what_a_row_surely_is_and_what_that_rests_on_is_told():
    latency = of_runs(LATENCY, [around(5.0), [[5.0]]], ["a", "a"])
    (first,), (second,) = held([(Limit("latency_ms", 20.0, True), latency)], 0.05)
    assert (first.value, first.over) == (pytest.approx(5.0), "3 seeds")
    assert first.bound is not None
    assert 5.0 < first.bound < 5.5
    assert (second.value, second.bound, second.over) == (5.0, None, "1 seed")


def test_of_a_row_that_is_outside_it_is_told_what_it_surely_exceeds():
    latency = of_runs(LATENCY, [around(40.0)], ["a"])
    ((most,),) = held([(Limit("latency_ms", 20.0, True), latency)], 0.05)
    ((least,),) = held([(Limit("latency_ms", 90.0, False), latency)], 0.05)
    assert most.bound is not None
    assert least.bound is not None
    assert 20.0 < most.bound < 40.0 < least.bound < 90.0


def test_each_limit_has_an_answer_of_its_own():
    latency = of_runs(LATENCY, [around(5.0), around(5.0)], ["a"] * 2)
    memory = of_runs(MEMORY, [around(100.0), around(900.0)], ["a"] * 2)
    limits = [(Limit("latency_ms", 20.0, True), latency), (Limit("train_peak_mib", 500.0, True), memory)]
    assert standings(limits) == [["within", "within"], ["within", "outside"]]


def test_rows_near_a_limit_must_be_the_surer_the_more_there_are():
    alone = of_runs(LATENCY, [around(19.2)], ["a"])
    limit = Limit("latency_ms", 20.0, True)
    many = of_runs(LATENCY, [around(19.2)] * 20, [f"kind {at}" for at in range(20)])
    assert standings([(limit, alone)]) == [["within"]]
    assert standings([(limit, many)]) == [["open"]] * 20


def test_rows_that_are_clearly_not_within_cost_no_certainty():
    limit = Limit("latency_ms", 20.0, True)
    runs = [around(19.2), *[around(60.0)] * 19]
    assert standings([(limit, of_runs(LATENCY, runs, [f"kind {at}" for at in range(20)]))])[0] == ["within"]


def test_without_limits_there_is_nothing_to_stand_to():
    assert held([], 0.05) == []
