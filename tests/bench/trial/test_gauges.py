"""A meter that fails loses its own figures and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import pytest
import torch

import bench
from bench import Gauge, Meter, Reading, Run, Step
from bench.trial.gauges import Gauges


class Counter(Meter):
    """Counts what it is told."""

    name: ClassVar[str] = "counter"
    table: ClassVar[str] = "counts"
    columns: ClassVar[dict[str, str]] = {"told": "all that it was told, in order"}

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

            def close(self) -> Reading:
                return {"told": " ".join(self.told)}

        return Counting()


class Faulty(Meter):
    """Fails at one of its calls."""

    name: ClassVar[str] = "faulty"
    table: ClassVar[str] = "counts"
    columns: ClassVar[dict[str, str]] = {"wrong": "never there"}

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

            def close(self) -> Reading:
                meter.fail("close")
                return {"wrong": torch.ones(2)} if meter.at == "figures" else {"wrong": 1}

        meter.fail("open")
        return Failing()

    def fail(self, call: str) -> None:
        if self.at == call:
            raise ZeroDivisionError(f"in {call},\nof course")


def drive(*meters: bench.Meter) -> tuple[Gauges, dict[str, dict[str, object]]]:
    gauges = Gauges()
    gauges.start(meters, None)
    with phase(gauges, "train"):
        gauges.step(Step(3))
        with phase(gauges, "encode"):
            gauges.step(Step(4))
    return gauges, gauges.close()


@contextmanager
def phase(gauges: Gauges, name: str) -> Iterator[None]:
    gauges.enter(name)
    yield
    gauges.leave(name)


def test_all_is_told_in_order() -> None:
    gauges, resources = drive(Counter())
    assert resources == {"counts": {"told": "+train 3 +encode 4 -encode -train"}}
    assert gauges.notes == []


@pytest.mark.parametrize("call", ["open", "enter", "step", "leave", "close"])
def test_a_meter_that_fails_leaves_a_note_and_the_others_their_figures(call: str) -> None:
    gauges, resources = drive(Faulty(at=call), Counter())
    assert resources == {"counts": {"told": "+train 3 +encode 4 -encode -train"}}
    assert gauges.notes == [f"meter 'faulty' failed: ZeroDivisionError: in {call}, of course"]


def test_figures_that_a_record_cannot_hold_are_a_fault_of_their_meter() -> None:
    gauges, resources = drive(Counter(), Faulty(at="figures"))
    assert resources == {"counts": {"told": "+train 3 +encode 4 -encode -train"}}
    (note,) = gauges.notes
    assert note.startswith("meter 'faulty' failed: ValidationError")
    assert "\n" not in note


def test_meters_of_one_table_share_it() -> None:
    _, resources = drive(Counter(), Faulty(at="never"))
    assert resources["counts"].keys() == {"told", "wrong"}


def test_those_that_need_the_machine_for_themselves_can_be_asked_alone() -> None:
    class Clock(Counter):
        name = "clock"
        exclusive = True

    for only, tables in ((False, {"counts", "clocks"}), (True, {"clocks"})):
        gauges = Gauges()
        gauges.start([Counter(), type("Clocks", (Clock,), {"table": "clocks"})()], None)
        assert gauges.close(only_exclusive=only).keys() == tables
