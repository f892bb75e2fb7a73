"""All meters at work on one cell. A meter that fails loses its own figures and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from ..api import Figure, Gauge, Meter, Reading, Run, Step
from ..records.record import Facts, Readings, facts_of
from ..toolkit.messages import one_line

READINGS = TypeAdapter(Readings)
"""What a record can hold: plain values, no tensors."""


@dataclass
class Gauges:
    """The open gauges by the name of their meter, and notes on those that failed."""

    open: dict[str, tuple[Meter, Gauge]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def start(self, meters: Sequence[Meter], run: Run) -> None:
        """Open all meters on a run, each after those whose figures it reads."""
        for meter in _in_order(meters):
            with self._guard(meter):
                self.open[meter.name] = meter, meter.open(run)

    def enter(self, phase: str) -> None:
        """Tell all that a phase begins."""
        self._tell(lambda gauge: gauge.enter(phase))

    def step(self, step: Step) -> None:
        """Pass a step on to all."""
        self._tell(lambda gauge: gauge.step(step))

    def leave(self, phase: str) -> None:
        """Tell all that a phase ends."""
        self._tell(lambda gauge: gauge.leave(phase))

    def close(self, *, only_exclusive: bool = False) -> dict[str, Readings]:
        """Close all, and return what they (or only the exclusive ones) measured, by table."""
        readings: dict[str, Reading] = {}
        resources: dict[str, Readings] = {}
        for meter, gauge in list(self.open.values()):
            with self._guard(meter):
                reading = READINGS.validate_python(gauge.close(readings))
                readings[meter.name] = reading
                if meter.exclusive or not only_exclusive:
                    table = resources.setdefault(meter.table, {})
                    for phase, values in reading.items():
                        table.setdefault(phase, {}).update(values)
        return resources

    def facts(self, resources: Mapping[str, Readings]) -> dict[str, dict[str, Facts]]:
        """Return the facts of what was measured, by table and figure."""
        declared: dict[str, list[Figure]] = {}
        for meter, _ in self.open.values():
            declared.setdefault(meter.table, []).extend(meter.figures)
        return {
            table: facts_of((name for values in phases.values() for name in values), declared[table])
            for table, phases in resources.items()
        }

    def _tell(self, what: Callable[[Gauge], None]) -> None:
        for meter, gauge in list(self.open.values()):
            with self._guard(meter):
                what(gauge)

    @contextmanager
    def _guard(self, meter: Meter) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.open.pop(meter.name, None)
            reason = one_line(error)
            self.notes.append(f"meter '{meter.name}' failed: {type(error).__name__}: {reason}")


def _in_order(meters: Sequence[Meter]) -> Iterator[Meter]:
    """Give each meter after those that it reads; of meters that read each other, the first comes first."""
    waiting = list(meters)
    while waiting:
        awaited = {meter.name for meter in waiting}
        ready = (meter for meter in waiting if awaited.isdisjoint(meter.after))
        meter = next(ready, waiting[0])
        waiting.remove(meter)
        yield meter
