"""A meter that counts as `rivals/bare.py` does: all training steps after the first few, by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import ClassVar

import bench

WARM_UP = 8


class Stamps(bench.Meter):
    """Examples a second from the end of the warm-up to the last training step."""

    name: ClassVar[str] = "stamps"
    table: ClassVar[str] = "stamps"
    figures: ClassVar[tuple[bench.Figure, ...]] = (
        bench.Figure("samples_per_s", "samples/s", "rate after the warm-up", "higher"),
    )

    def open(self, run: bench.Run) -> StampsGauge:
        """Start on a cell."""
        return StampsGauge()


class StampsGauge(bench.PhaseGauge):
    """Keeps the moment at which each step in training was done, and its examples."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[float, int]] = []

    def step(self, step: bench.Step) -> None:
        """Note the moment."""
        if self.phases == ["train"]:
            self.steps.append((perf_counter(), step.examples))

    def close(self, earlier: Mapping[str, bench.Reading]) -> bench.Reading:
        """Return the rate."""
        (began, _), *counted = self.steps[WARM_UP - 1 :]
        rate = sum(examples for _, examples in counted) / (counted[-1][0] - began)
        return {bench.WHOLE: {"samples_per_s": rate}}


@bench.hookimpl
def bench_meters() -> list[type[bench.Meter]]:
    """Return the meter."""
    return [Stamps]
