"""Latency: how long a single example takes, from prepared input to prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import quantiles
from time import perf_counter
from typing import ClassVar

from ..api import WHOLE, Batch, Figure, Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl
from .writing import TOKENS, of_length

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
        with of_length(self.run, TOKENS):
            times = predictions(self.run, single(self.run), WARM_UP, REPEATS)
        milliseconds = [1000 * seconds for seconds in times]
        cuts = quantiles(milliseconds, n=100, method="inclusive") if len(times) > 1 else milliseconds * 99
        percentiles = {f"latency_ms_p{percent}": cuts[percent - 1] for percent in PERCENTILES}
        return {WHOLE: {**percentiles, "latency_repeats": len(times)}}


def single(run: Run) -> Sequence[Batch]:
    """Return a few examples of the last split as batches of one."""
    data = run.data(run.splits[-1])
    return [data.take([index]) for index in range(min(EXAMPLES, len(data)))]


def predictions(run: Run, batches: Sequence[Batch], warm_up: int, repeats: int) -> list[float]:
    """Return the seconds of each prediction of some batches in turn: as many as wanted, or as 2 s allow."""
    for module in run.modules():
        module.eval()  # training is over; otherwise each prediction would switch modes and back
    for turn in range(warm_up):
        _predict(run, batches[turn % len(batches)])
    times: list[float] = []
    while len(times) < repeats and sum(times) < SECONDS:
        times.append(_predict(run, batches[len(times) % len(batches)]))
    return times


def _predict(run: Run, batch: Batch) -> float:
    began = perf_counter()
    run.predict(batch)
    run.synchronize()
    return perf_counter() - began


class Latency(Meter):
    """Time of a prediction for one example."""

    name: ClassVar[str] = "latency"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "latency_ms_p50",
            "ms",
            "time for one example, batch size 1, median; of a text that is written, for `new_tokens`",
            "lower",
            headline=3,
        ),
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
