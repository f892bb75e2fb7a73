"""Seconds by phase; those of an inner phase are not those of the outer one."""

from __future__ import annotations

import pytest

from bench.measuring.stopwatch import Stopwatch


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class Ears:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def enter(self, phase: str) -> None:
        self.heard.append(f"enter {phase}")

    def leave(self, phase: str) -> None:
        self.heard.append(f"leave {phase}")


def test_an_inner_phase_has_its_time_to_itself() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"):
        clock.pass_by(1)
        with watch.phase("encode"):
            assert watch.current == "encode"
            clock.pass_by(20)
        assert watch.current == "train"
        clock.pass_by(2)
    assert watch.current is None
    assert watch.seconds("train") == 3
    assert watch.seconds("encode") == 20


def test_a_phase_under_way_has_its_seconds_up_to_now() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"):
        clock.pass_by(1)
        assert watch.seconds("train") == 1
        clock.pass_by(1)
        assert watch.seconds("train") == 2


def test_phases_of_one_name_add_up() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    watch.add("evaluate", 5)
    for _ in range(2):
        with watch.phase("evaluate"):
            clock.pass_by(3)
    assert watch.seconds("evaluate") == 11


def test_time_outside_of_phases_counts_for_none() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"):
        pass
    clock.pass_by(1)
    assert watch.seconds("train") == watch.seconds("never") == 0


def test_what_is_waited_for_is_counted_besides() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"), watch.waiting():
        clock.pass_by(2)
    assert watch.waited == watch.seconds("train") == 2


def test_listeners_follow_also_a_phase_that_fails() -> None:
    ears = Ears()
    watch = Stopwatch(ears)
    with pytest.raises(ValueError, match="no"), watch.phase("train"), watch.phase("load"):
        raise ValueError("no")
    assert ears.heard == ["enter train", "enter load", "leave load", "leave train"]
    assert watch.phases == []
