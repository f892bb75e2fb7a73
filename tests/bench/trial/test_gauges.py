"""A meter that fails loses its own figures and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

import pytest
import torch

import bench
from bench import WHOLE, Figure, Gauge, Meter, Reading, Run, Step
from bench.records.record import Facts
from bench.trial.gauges import Gauges


class Counter(Meter):
    """Counts what it is told."""

    name: ClassVar[str] = "counter"
    table: ClassVar[str] = "counts"
    figures: ClassVar[tuple[Figure, ...]] = (Figure("told", doc="all that it was told", better="higher"),)

    def open(self, run: Run) -> Gauge:
        class Counting(Gauge):
            def __init__(self) -> None:
                self.told: list[str] = []

            def enter(self, phase: str) -> None:
                self.told.append(f"+{phase}")

            def step(self, step: Step) -> None:
                self.told.append(str(step.examples))

            def leave(self, phase: str) -> None:
                self.told.append(f"-{phase}")

            def close(self, earlier: Mapping[str, Reading]) -> Reading:
                return {WHOLE: {"told": " ".join(self.told)}}

        return Counting()


class Faulty(Meter):
    """Fails at one of its calls."""

    name: ClassVar[str] = "faulty"
    table: ClassVar[str] = "counts"
    figures: ClassVar[tuple[Figure, ...]] = (Figure("wrong", doc="never there"),)

    at: str
    hints: dict[str, int] = {}  # noqa: RUF012 (pydantic copies it; such a field makes a value unhashable)

    def open(self, run: Run) -> Gauge:
        meter = self

        class Failing(Gauge):
            def enter(self, phase: str) -> None:
                meter.fail("enter")

            def step(self, step: Step) -> None:
                meter.fail("step")

            def leave(self, phase: str) -> None:
                meter.fail("leave")

            def close(self, earlier: Mapping[str, Reading]) -> Reading:
                meter.fail("close")
                return {WHOLE: {"wrong": torch.ones(2) if meter.at == "figures" else 1}}

        meter.fail("open")
        return Failing()

    def fail(self, call: str) -> None:
        if self.at == call:
            raise ZeroDivisionError(f"in {call},\nof course")


TOLD = {"counts": {WHOLE: {"told": "+train 3 +encode 4 -encode -train"}}}


def drive(*meters: bench.Meter) -> tuple[Gauges, dict[str, dict[str, object]]]:
    gauges = Gauges()
    gauges.start(meters, None)
    with phase(gauges, "train"):
        gauges.step(Step(3))
        with phase(gauges, "encode"):
            gauges.step(Step(4))
    return gauges, gauges.close()


@contextmanager
def phase(gauges: Gauges | Gauge, name: str) -> Iterator[None]:
    gauges.enter(name)
    yield
    gauges.leave(name)


def test_all_is_told_in_order() -> None:
    gauges, resources = drive(Counter())
    assert resources == TOLD
    assert gauges.notes == []


@pytest.mark.parametrize("call", ["open", "enter", "step", "leave", "close"])
def test_a_meter_that_fails_leaves_a_note_and_the_others_their_figures(call: str) -> None:
    gauges, resources = drive(Faulty(at=call), Counter())
    assert resources == TOLD
    assert gauges.notes == [f"meter 'faulty' failed: ZeroDivisionError: in {call}, of course"]


def test_figures_that_a_record_cannot_hold_are_a_fault_of_their_meter() -> None:
    gauges, resources = drive(Counter(), Faulty(at="figures"))
    assert resources == TOLD
    (note,) = gauges.notes
    assert note.startswith("meter 'faulty' failed: ValidationError")
    assert "\n" not in note


def test_meters_of_one_table_share_it() -> None:
    gauges, resources = drive(Counter(), Faulty(at="never"))
    assert resources["counts"][WHOLE].keys() == {"told", "wrong"}
    assert gauges.facts(resources) == {"counts": {"told": Facts(better="higher"), "wrong": Facts()}}


class Reader(Meter):
    """Copies what others measured."""

    name: ClassVar[str] = "a-reader"
    table: ClassVar[str] = "copies"
    figures: ClassVar[tuple[Figure, ...]] = (Figure("told"),)
    after: ClassVar[tuple[str, ...]] = ("counter", "not-installed")

    def open(self, run: Run) -> Gauge:
        class Copying(Gauge):
            def close(self, earlier: Mapping[str, Reading]) -> Reading:
                return earlier.get("counter", {})

        return Copying()


def test_a_meter_reads_what_another_measured_in_whatever_order_they_come() -> None:
    for meters in ((Reader(), Counter()), (Counter(), Reader())):
        _, resources = drive(*meters)
        assert resources["copies"] == TOLD["counts"]


def test_of_one_that_failed_or_is_not_there_nothing_is_read() -> None:
    gauges, resources = drive(Reader())
    assert (resources, gauges.notes) == ({"copies": {}}, [])


def test_meters_that_wait_for_each_other_are_closed_all_the_same() -> None:
    first = type("First", (Counter,), {"name": "first", "after": ("second",)})()
    second = type("Second", (Counter,), {"name": "second", "after": ("first",)})()
    gauges, _ = drive(first, second)
    assert list(gauges.open) == ["first", "second"]


class Stretches(bench.PhaseGauge):
    """Notes whose the time between two edges is."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str | None]] = []

    def pause(self) -> None:
        self.told.append(("pause", self.phase))

    def resume(self) -> None:
        self.told.append(("resume", self.phase))


def test_a_gauge_by_phase_is_stopped_and_started_around_each_edge() -> None:
    gauge = Stretches()
    with phase(gauge, "train"), phase(gauge, "dream"):
        pass
    assert gauge.told == [
        ("pause", None),
        ("resume", "train"),
        ("pause", "train"),
        ("resume", "dream"),
        ("pause", "dream"),
        ("resume", "train"),
        ("pause", "train"),
        ("resume", None),
    ]


def test_those_that_need_the_machine_for_themselves_can_be_asked_alone() -> None:
    class Clock(Counter):
        name = "clock"
        exclusive = True

    for only, tables in ((False, {"counts", "clocks"}), (True, {"clocks"})):
        gauges = Gauges()
        gauges.start([Counter(), type("Clocks", (Clock,), {"table": "clocks"})()], None)
        assert gauges.close(only_exclusive=only).keys() == tables
