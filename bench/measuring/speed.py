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
class Window:
    """A stretch of steps between two moments at which the device was waited for."""

    began: float
    waited: float
    examples: int = 0
    steps: int = 0


@dataclass
class Timeline:
    """What is known of one phase."""

    examples: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    waiting: list[float] = field(default_factory=list)
    seconds: float = 0.0
    steps: int = 0


class SpeedGauge(Gauge):
    """Closes a window at the first step after a tenth of a second; the device is waited for only there.

    The first step of each phase is warm-up (memory is found, kernels are chosen) and is never counted.
    Nor are the windows that follow it as long as they are slower than the rest.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.timelines = {name: Timeline() for name in PHASES}
        self.phases: list[str] = []
        self.window: Window | None = None

    def enter(self, phase: str) -> None:
        """Begin a window for the phase; an unfinished one of the phase around it is dropped."""
        self._pause()
        self.phases.append(phase)
        self._begin()

    def step(self, step: Step) -> None:
        """Count the step, and close the window if it is long enough."""
        window = self.window
        if window is None:
            return
        timeline = self.timelines[self.phases[-1]]
        timeline.steps += 1
        window.examples += step.examples
        window.steps += 1
        if timeline.steps == 1 or perf_counter() - window.began >= WINDOW_SECONDS:
            self._close(window, counts=timeline.steps > 1)
            self._begin()

    def leave(self, phase: str) -> None:
        """Close the last window, and go on with the phase around."""
        self._pause()
        self.phases.pop()
        self._begin()

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

    def _begin(self) -> None:
        if self.phases and self.phases[-1] in self.timelines:
            self.run.synchronize()
            self.window = Window(perf_counter(), self.run.waited)

    def _pause(self) -> None:
        """End the window under way; it counts if it is long enough, or nothing better is there yet."""
        window, self.window = self.window, None
        if window is not None and window.steps:
            timeline = self.timelines[self.phases[-1]]
            long_enough = perf_counter() - window.began >= WINDOW_SECONDS / 2
            self._close(window, counts=long_enough or not timeline.rates)

    def _close(self, window: Window, *, counts: bool) -> None:
        self.run.synchronize()
        timeline = self.timelines[self.phases[-1]]
        elapsed = perf_counter() - window.began
        timeline.seconds += elapsed
        if counts:
            timeline.examples.append(window.examples)
            timeline.rates.append(window.examples / elapsed)
            timeline.waiting.append((self.run.waited - window.waited) / elapsed)
        self.window = None


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
