"""Other programs: how many cores they kept busy while a cell was measured."""

from __future__ import annotations

import os
from collections.abc import Mapping
from time import perf_counter
from typing import ClassVar

from ..api import WHOLE, Figure, Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl

IDLE = ("idle", "iowait")
COUNTED_ELSEWHERE = ("guest", "guest_nice")
"""Linux counts guests' time among `user` and `nice` as well."""


class OthersGauge(Gauge):
    """Compares the time that cores were busy with the time that this process and its children ran.

    It covers the whole cell, not only its start: a disturbance may come later. Cores on which this process
    may not run do not matter to it, and do not count.
    """

    def __init__(self) -> None:
        self.began = perf_counter()
        self.busy = busy_seconds()
        self.own = own_seconds()

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the mean number of cores."""
        elapsed = perf_counter() - self.began
        others = (busy_seconds() - self.busy) - (own_seconds() - self.own)
        return {WHOLE: {"other_cores": max(0.0, others) / elapsed}}


def busy_seconds() -> float:
    """Return how long the cores this process may use have been busy so far, in all."""
    import psutil

    times = psutil.cpu_times(percpu=True)
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(len(times))
    return sum(_busy(times[core]._asdict()) for core in usable if core < len(times))


def own_seconds() -> float:
    """Return how long this process and its children have run on a core, those that have ended included."""
    import psutil

    process = psutil.Process()
    times = [process.cpu_times()]
    for child in process.children(recursive=True):
        try:
            times.append(child.cpu_times())
        except psutil.Error:
            continue  # it has just ended, and is in its parent's count
    return sum(time.user + time.system + time.children_user + time.children_system for time in times)


def _busy(times: dict[str, float]) -> float:
    return sum(seconds for name, seconds in times.items() if name not in (*IDLE, *COUNTED_ELSEWHERE))


class Others(Meter):
    """What else the machine did."""

    name: ClassVar[str] = "others"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "other_cores",
            "cores",
            "cores that other programs kept busy while the cell ran, mean; they slow it down",
            role="disturbance",
        ),
    )

    def open(self, run: Run) -> OthersGauge:
        """Start on a cell."""
        return OthersGauge()


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Others]
