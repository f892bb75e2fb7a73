"""A meter that counts as `rivals/bare.py` does: all training steps after the first few, by the clock."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar

import bench

WARM_UP = 8


class Stamps(bench.Meter):
    """Examples a second from the end of the warm-up to the last training step."""

    name: ClassVar[str] = "stamps"
    table: ClassVar[str] = "stamps"
    columns: ClassVar[dict[str, str]] = {"samples_per_s": "examples per second after the warm-up"}

    def open(self, run: bench.Run) -> StampsGauge:
        """Start on a cell."""
        return StampsGauge()


class StampsGauge(bench.Gauge):
    """Keeps the moment at which each step in training was done, and its examples."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.steps: list[tuple[float, int]] = []

    def enter(self, phase: str) -> None:
        """Note the phase."""
        self.phases.append(phase)

    def leave(self, phase: str) -> None:
        """Go back to the phase around."""
        self.phases.pop()

    def step(self, step: bench.Step) -> None:
        """Note the moment."""
        if self.phases == ["train"]:
            self.steps.append((perf_counter(), step.examples))

    def close(self) -> bench.Reading:
        """Return the rate."""
        (began, _), *counted = self.steps[WARM_UP - 1 :]
        return {"samples_per_s": sum(examples for _, examples in counted) / (counted[-1][0] - began)}


@bench.hookimpl
def bench_meters() -> list[type[bench.Meter]]:
    """Return the meter."""
    return [Stamps]
