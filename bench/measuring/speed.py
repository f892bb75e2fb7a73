"""Speed: examples per second of training, encoding and evaluation, as medians over windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import ClassVar

from ..api import Gauge, Meter, Reading, Run, Step
from ..hookspecs import hookimpl

WINDOW_SECONDS = 0.1
WARM = 0.9
ALIKE = 1.25
"""Quartiles of windows that differ by no more than this come from the machine, not from the examples."""

PHASES = ("train", "encode", "evaluate")


@dataclass
class Timeline:
    """What is known of one phase."""

    examples: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    seconds: float = 0.0
    data_seconds: float = 0.0
    steps: int = 0


@dataclass
class Window:
    """A stretch of steps of a phase. Its clock stands still while another phase runs within."""

    timeline: Timeline
    examples: int = 0
    steps: int = 0
    seconds: float = 0.0
    data_seconds: float = 0.0
    interrupted: bool = False


class SpeedGauge(Gauge):
    """Closes a window at the first step after a tenth of a second; the device is waited for only there.

    The first step of each phase is warm-up (memory is found, kernels are chosen) and is never counted.
    Nor are the windows that follow it as long as they are slower than the rest, nor one in which something
    other than training, encoding and evaluating took place: part of a step may have been done there.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.timelines = {name: Timeline() for name in PHASES}
        self.windows: list[Window | None] = []
        self.since = self.waited = 0.0

    def enter(self, phase: str) -> None:
        """Stop the clock of the phase around, and begin a window for this one."""
        self._stop()
        self.windows.append(self._window(phase))
        self._start()

    def step(self, step: Step) -> None:
        """Count the step, and close the window if it is long enough."""
        window = self.windows[-1] if self.windows else None
        if window is None:
            return
        timeline = window.timeline
        timeline.steps += 1
        window.examples += step.examples
        window.steps += 1
        warm_up = timeline.steps == 1 or window.interrupted
        if warm_up or window.seconds + perf_counter() - self.since >= WINDOW_SECONDS:
            self._stop()
            _close(window, counts=not warm_up)
            self.windows[-1] = Window(timeline)
            self._start()

    def leave(self, phase: str) -> None:
        """Close the last window, which counts if it is long enough, and go on with the phase around."""
        self._stop()
        window = self.windows.pop()
        if window is not None and window.steps:
            long_enough = window.seconds >= WINDOW_SECONDS / 2
            _close(window, counts=long_enough or not window.timeline.rates)
        around = self.windows[-1] if self.windows else None
        if around is not None:
            if phase not in PHASES:
                around.interrupted = True
            elif not around.steps:  # what led to an encoding or an evaluation belongs to no step
                self.windows[-1] = Window(around.timeline)
        self._start()

    def close(self) -> Reading:
        """Return the figures of all phases that had steps."""
        reading: dict[str, float | int | bool | None] = {}
        for name, timeline in self.timelines.items():
            reading |= {f"{name}_{key}": value for key, value in _figures(timeline).items()}
        for name, cost in self.run.cached.items():
            if f"{name}_samples_per_s" in reading:
                continue  # measured here on another split, which says more than an earlier cell's figure
            reading |= {
                f"{name}_samples_per_s": cost.examples / cost.seconds if cost.seconds else None,
                f"{name}_seconds": cost.seconds,
                f"{name}_cached": True,
            }
        return reading

    def _window(self, phase: str) -> Window | None:
        return Window(self.timelines[phase]) if phase in PHASES else None

    def _start(self) -> None:
        if self.windows and self.windows[-1] is not None:
            self.run.synchronize()
            self.since, self.waited = perf_counter(), self.run.waited

    def _stop(self) -> None:
        window = self.windows[-1] if self.windows else None
        if window is not None:
            self.run.synchronize()
            window.seconds += perf_counter() - self.since
            window.data_seconds += self.run.waited - self.waited


def _close(window: Window, *, counts: bool) -> None:
    timeline = window.timeline
    timeline.seconds += window.seconds
    timeline.data_seconds += window.data_seconds
    if counts:
        timeline.examples.append(window.examples)
        timeline.rates.append(window.examples / window.seconds)
        timeline.waiting.append(window.data_seconds / window.seconds)


def warm(rates: Sequence[float]) -> int:
    """Return how many windows at the start are warm-up: slower than 0.9 of the median of those after them.

    At most half of the windows are; more would mean that the speed drifts, which the quartiles show.
    """
    for dropped in range(len(rates) // 2):
        if rates[dropped] >= WARM * median(rates[dropped + 1 :]):
            return dropped
    return len(rates) // 2


def overall(examples: Sequence[int], rates: Sequence[float]) -> float | None:
    """Return the examples per second over windows; None if there is none.

    That is the median, which a hiccup of the machine does not move. But where windows differ because
    their examples do (long texts and short ones), the median would be the speed of a text of middle length:
    there it is all examples over all the time.
    """
    if len(rates) < 2:
        return rates[0] if rates else None
    low, middle, high = quantiles(rates, n=4, method="inclusive")
    if high <= ALIKE * low:
        return middle
    return sum(examples) / sum(count / rate for count, rate in zip(examples, rates, strict=True))


def _figures(timeline: Timeline) -> dict[str, float | int | bool | None]:
    if not timeline.steps:
        return {}
    dropped = warm(timeline.rates)
    rates, waiting = timeline.rates[dropped:], timeline.waiting[dropped:]
    low, _, high = quantiles(rates, n=4, method="inclusive") if len(rates) > 1 else (None, None, None)
    return {
        "samples_per_s": overall(timeline.examples[dropped:], rates),
        "samples_per_s_q25": low,
        "samples_per_s_q75": high,
        "windows": len(rates),
        "data_share": sum(waiting) / len(waiting) if waiting else None,
        "seconds": timeline.seconds,
        "data_seconds": timeline.data_seconds,
        "compute_seconds": timeline.seconds - timeline.data_seconds,
    }


class Speed(Meter):
    """Throughput of training, encoding and evaluation."""

    name: ClassVar[str] = "speed"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    columns: ClassVar[dict[str, str]] = {
        f"{phase}_{column}": f"{doc}, {phase}"
        for phase in PHASES
        for column, doc in {
            "samples_per_s": "examples per second over windows of at least 0.1 s after warm-up",
            "samples_per_s_q25": "lower quartile of the windows",
            "samples_per_s_q75": "upper quartile of the windows",
            "windows": "number of windows",
            "data_share": "share of the time in which batches were put together",
            "seconds": "seconds of all steps, warm-up included",
            "data_seconds": "of these, the ones in which batches were put together",
            "compute_seconds": "of these, the others",
            "cached": "true if found on disk: rate and seconds are from when it was computed",
        }.items()
    }

    def open(self, run: Run) -> SpeedGauge:
        """Start on a cell."""
        return SpeedGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Speed]
