"""Seconds by phase; those of an inner phase are not those of the outer one."""

from __future__ import annotations

from time import sleep

from bench.execution.clock import PhaseClock


def test_an_inner_phase_has_its_time_to_itself() -> None:
    clock = PhaseClock()
    clock.enter("train")
    sleep(0.05)
    clock.enter("encode")
    assert clock.current == "encode"
    sleep(0.4)
    clock.leave()
    assert clock.current == "train"
    sleep(0.05)
    clock.leave()
    assert clock.current is None
    assert 0.1 <= clock.seconds("train") < 0.4
    assert 0.4 <= clock.seconds("encode") < 0.8


def test_a_phase_under_way_has_its_seconds_up_to_now() -> None:
    clock = PhaseClock()
    clock.enter("train")
    sleep(0.02)
    first = clock.seconds("train")
    sleep(0.02)
    assert clock.seconds("train") - 0.02 >= first >= 0.02


def test_phases_of_one_name_add_up() -> None:
    clock = PhaseClock()
    for _ in range(2):
        clock.enter("evaluate")
        sleep(0.03)
        clock.leave()
    assert clock.seconds("evaluate") >= 0.06


def test_time_outside_of_phases_counts_for_none() -> None:
    clock = PhaseClock()
    clock.enter("train")
    clock.leave()
    sleep(0.1)
    assert clock.seconds("train") < 0.1
    assert clock.seconds("never") == 0
