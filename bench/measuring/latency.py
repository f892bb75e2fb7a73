"""Latency: how long a single example takes, from prepared input to prediction."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import quantiles
from time import perf_counter
from typing import ClassVar

from ..api import WHOLE, Batch, Figure, Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl

EXAMPLES = 8
WARM_UP = 5
REPEATS = 100
SECONDS = 2.0
PERCENTILES = (50, 95, 99)


class LatencyGauge(Gauge):
    """Runs the finished model on a few examples in turn, one at a time, waiting for the device each time."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the percentiles in milliseconds over 100 predictions, or as many as 2 s allow."""
        for module in self.run.modules():
            module.eval()  # training is over; otherwise each prediction would switch modes and back
        data = self.run.data(self.run.splits[-1])
        batches = [data.take([index]) for index in range(min(EXAMPLES, len(data)))]
        for turn in range(WARM_UP):
            self._predict(batches[turn % len(batches)])
        times: list[float] = []
        while len(times) < REPEATS and sum(times) < SECONDS * 1000:
            times.append(self._predict(batches[len(times) % len(batches)]))
        cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
        percentiles = {f"latency_ms_p{percent}": cuts[percent - 1] for percent in PERCENTILES}
        return {WHOLE: {**percentiles, "latency_repeats": len(times)}}

    def _predict(self, batch: Batch) -> float:
        began = perf_counter()
        self.run.predict(batch)
        self.run.synchronize()
        return (perf_counter() - began) * 1000


class Latency(Meter):
    """Time of a prediction for one example."""

    name: ClassVar[str] = "latency"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("latency_ms_p50", "ms", "time for one example, batch size 1, median", "lower", headline=3),
        Figure("latency_ms_p95", "ms", "the same, 95th percentile", "lower"),
        Figure("latency_ms_p99", "ms", "the same, 99th percentile", "lower"),
        Figure("latency_repeats", doc="predictions timed, over up to 8 examples in turn"),
    )

    def open(self, run: Run) -> LatencyGauge:
        """Start on a cell."""
        return LatencyGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Latency]
