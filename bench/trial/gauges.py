"""All meters at work on one cell. A meter that fails loses its own figures and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from ..api import Gauge, Meter, Run, Step
from ..records.record import Value
from ..toolkit.messages import one_line

FIGURES = TypeAdapter(dict[str, Value])
"""What a record can hold: plain values, no tensors."""


@dataclass
class Gauges:
    """The open gauges by the name of their meter, and notes on those that failed."""

    open: dict[str, tuple[Meter, Gauge]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def start(self, meters: Sequence[Meter], run: Run) -> None:
        """Open all meters on a run."""
        for meter in meters:
            with self._guard(meter):
                self.open[meter.name] = meter, meter.open(run)

    def enter(self, phase: str) -> None:
        """Tell all that a phase begins."""
        self._tell(lambda gauge: gauge.enter(phase))

    def step(self, step: Step) -> None:
        """Tell all of a step."""
        self._tell(lambda gauge: gauge.step(step))

    def leave(self, phase: str) -> None:
        """Tell all that a phase ends."""
        self._tell(lambda gauge: gauge.leave(phase))

    def close(self, *, only_exclusive: bool = False) -> dict[str, dict[str, Value]]:
        """Close all, and return the figures by table; if asked so, only those of exclusive meters."""
        resources: dict[str, dict[str, Value]] = {}
        for meter, gauge in list(self.open.values()):
            with self._guard(meter):
                figures = FIGURES.validate_python(gauge.close())
                if meter.exclusive or not only_exclusive:
                    resources.setdefault(meter.table, {}).update(figures)
        return resources

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
