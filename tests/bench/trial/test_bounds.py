"""Bounds of time: what is over when."""

from __future__ import annotations

from bench import Bounds
from bench.trial.bounds import NONE, Patience


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_patience_without_bounds_lasts() -> None:
    clock = Clock()
    patience = Patience(NONE, clock)
    clock.now = 1e9
    assert patience.lost() is None


def test_a_cell_that_is_heard_of_comes_to_its_deadline_and_a_silent_one_does_not() -> None:
    clock = Clock()
    patience = Patience(Bounds(cell_seconds=10, silent_seconds=3), clock)
    clock.now = 2.9
    assert patience.lost() is None
    patience.heard()
    clock.now = 5.8
    assert patience.lost() is None
    clock.now = 5.9
    assert patience.lost() == "silence"
    patience.heard()
    assert patience.lost() is None
    clock.now = 10
    patience.heard()
    assert patience.lost() == "deadline"


def test_later_bounds_are_of_time_alone() -> None:
    assert Bounds(10, None, 100).later(5) == Bounds(15, None, None)
    assert NONE.later(5) == NONE


def test_time_in_which_nobody_could_look_does_not_count() -> None:
    clock = Clock()
    patience = Patience(Bounds(cell_seconds=8, silent_seconds=5), clock)
    clock.now = 4.9
    assert patience.lost() is None
    clock.now += 3600  # all processes were stopped
    assert patience.lost() is None
    clock.now += 0.2
    assert patience.lost() == "silence"
    patience.heard()
    clock.now += 3600
    patience.heard()
    clock.now += 2.8
    assert patience.lost() is None
    clock.now += 0.2
    assert patience.lost() == "deadline"
