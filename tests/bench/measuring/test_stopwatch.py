"""Phases within phases, and the seconds of those in which a cell trains."""

from __future__ import annotations

import pytest

from bench.api import APART
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


def test_the_innermost_phase_is_the_current_one() -> None:
    watch = Stopwatch()
    with watch.phase("train"):
        with watch.phase("encode"):
            assert watch.current == "encode"
        assert watch.current == "train"
    assert watch.current is None


@pytest.mark.parametrize("phase", APART)
def test_phases_of_the_core_are_no_training(phase: str) -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"):
        clock.pass_by(1)
        with watch.phase(phase):
            assert not watch.training
            clock.pass_by(20)
        assert watch.training
        clock.pass_by(2)
    assert not watch.training
    clock.pass_by(40)
    assert watch.trained == 3


def test_an_objective_s_own_phases_are_training_unless_within_one_of_the_core_s() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"), watch.phase("distil"):
        assert watch.training
        clock.pass_by(3)
        with watch.phase("evaluate"), watch.phase("search"):
            assert not watch.training
            clock.pass_by(20)
    assert watch.trained == 3


def test_a_phase_under_way_has_its_seconds_up_to_now() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"):
        clock.pass_by(1)
        assert watch.trained == 1
        clock.pass_by(1)
        assert watch.trained == 2


def test_seconds_of_an_earlier_attempt_are_added() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    watch.add(5)
    for _ in range(2):
        with watch.phase("train"):
            clock.pass_by(3)
    assert watch.trained == 11


def test_time_outside_of_phases_counts_for_none() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"):
        pass
    clock.pass_by(1)
    assert watch.trained == 0


def test_what_is_waited_for_is_counted_besides() -> None:
    clock = Clock()
    watch = Stopwatch(clock=clock)
    with watch.phase("train"), watch.waiting():
        clock.pass_by(2)
    assert watch.waited == watch.trained == 2


def test_listeners_follow_also_a_phase_that_fails() -> None:
    ears = Ears()
    watch = Stopwatch(ears)
    with pytest.raises(ValueError, match="no"), watch.phase("train"), watch.phase("load"):
        raise ValueError("no")
    assert ears.heard == ["enter train", "enter load", "leave load", "leave train"]
    assert watch.phases == []


class Eyes:
    """A watcher that writes down what there is to see."""

    def __init__(self, watch: Stopwatch) -> None:
        self.watch = watch
        self.seen: list[tuple[str | None, int, int | None]] = []
        watch.watcher = self

    def changed(self) -> None:
        self.seen.append((self.watch.current, self.watch.count.done, self.watch.count.total))

    def counted(self) -> None:
        self.changed()


def test_a_watcher_sees_each_phase_begin_and_go_on_and_the_one_around_it_come_back() -> None:
    watch = Stopwatch()
    eyes = Eyes(watch)
    with watch.phase("train"), watch.phase("encode", 5):
        watch.went_through(2)
        watch.went_through(3)
    assert eyes.seen == [
        ("train", 0, None),
        ("encode", 0, 5),
        ("encode", 2, 5),
        ("encode", 5, 5),
        ("train", 0, None),
        (None, 0, None),
    ]


def test_what_is_gone_through_outside_all_phases_is_nobody_s() -> None:
    watch = Stopwatch()
    watch.went_through(2)
    assert watch.count.done == 0
