"""Speed: examples per second of each phase that has steps, as medians over windows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import ClassVar

from ..api import Cost, Figure, Meter, PhaseGauge, Reading, Run, Step, Value
from ..hookspecs import hookimpl

WINDOW_SECONDS = 0.1
WARM = 0.9
ALIKE = 1.25
"""Quartiles of windows that differ by no more than this come from the machine, not from the examples."""


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
    """A stretch of steps of a phase. Its clock stands still while another phase runs within.

    `later` is true if the phase has had steps before, since it began.
    """

    timeline: Timeline
    later: bool = False
    examples: int = 0
    steps: int = 0
    seconds: float = 0.0
    data_seconds: float = 0.0
    interrupted: bool = False


class SpeedGauge(PhaseGauge):
    """Closes a window at the first step after a tenth of a second; the device is waited for only there.

    A GPU works on while the next step is put together. So that it has work meanwhile, the step before the
    last one is waited for, and the last one is the first of the next window.

    The first step of each phase is warm-up (memory is found, kernels are chosen) and is never counted.
    Nor are the windows that follow it as long as they are slower than the rest, nor one in which a phase
    without steps of its own took place (weights were loaded, a kernel compiled): part of a step may have
    been done there.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run
        self.timelines: dict[str, Timeline] = defaultdict(Timeline)
        self.windows: list[Window] = []
        self.since = self.waited = 0.0
        self.before: Callable[[], None] | None = None

    def enter(self, phase: str) -> None:
        """Stop the clock of the surrounding phase, and begin a window for this one."""
        super().enter(phase)
        self.windows.append(Window(self.timelines[phase]))

    def step(self, step: Step) -> None:
        """Count the step, and close the window if it is long enough."""
        if not self.windows:
            return
        window = self.windows[-1]
        window.timeline.steps += 1
        warm_up = window.timeline.steps == 1 or window.interrupted
        due = window.seconds + perf_counter() - self.since >= WINDOW_SECONDS
        before, self.before = self.before, self.run.mark()
        if due and window.steps and before is not None:
            window = self._turn(before)
        window.examples += step.examples
        window.steps += 1
        if warm_up or (due and self.before is None):
            self._turn(self.run.synchronize, counts=not warm_up)

    def _turn(self, wait: Callable[[], None], *, counts: bool = True) -> Window:
        """Close a window once its work is done, and return the one that follows."""
        wait()
        self._account()
        window = self.windows[-1]
        _close(window, counts=counts)
        self.windows[-1] = Window(window.timeline, later=True)
        return self.windows[-1]

    def _account(self) -> None:
        """Add what has passed to the window, and start the clock."""
        now, waited = perf_counter(), self.run.waited
        self.windows[-1].seconds += now - self.since
        self.windows[-1].data_seconds += waited - self.waited
        self.since, self.waited = now, waited

    def leave(self, phase: str) -> None:
        """Close the last window, which counts if it is long enough, and go on with the surrounding one."""
        super().leave(phase)
        window = self.windows.pop()
        if window.steps:
            long_enough = window.seconds >= WINDOW_SECONDS / 2
            _close(window, counts=long_enough or not window.timeline.rates)
        if self.windows:
            around = self.windows[-1]
            if not (window.later or window.steps):
                around.interrupted = True
            elif not around.steps:  # what led to an encoding or an evaluation belongs to no step
                self.windows[-1] = Window(around.timeline, around.later)

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the figures of all phases that had steps."""
        measured = {phase: _figures(timeline) for phase, timeline in self.timelines.items() if timeline.steps}
        # A phase measured here on another split says more than an earlier cell's figure.
        return {**{phase: _found(cost) for phase, cost in self.run.cached.items()}, **measured}

    def resume(self) -> None:
        """Start the clock, once the device has done what belongs to other phases."""
        self.run.synchronize()
        self.since, self.waited, self.before = perf_counter(), self.run.waited, None

    def pause(self) -> None:
        """Stop the clock, once the device has done what belongs to this phase."""
        if self.windows:
            self.run.synchronize()
            self._account()


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


def _found(cost: Cost) -> dict[str, Value]:
    """Return the figures of what was found on disk."""
    rate = cost.examples / cost.seconds if cost.seconds else None
    return {"samples_per_s": rate, "seconds": cost.seconds, "cached": True}


def _figures(timeline: Timeline) -> dict[str, Value]:
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
    """Throughput of training, encoding, evaluation, and an objective's own phases."""

    name: ClassVar[str] = "speed"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "samples_per_s",
            "samples/s",
            "rate over windows of at least 0.1 s after warm-up",
            "higher",
            headline=1,
            by_phase=True,
        ),
        Figure("samples_per_s_q25", "samples/s", "lower quartile of the windows", "higher", by_phase=True),
        Figure("samples_per_s_q75", "samples/s", "upper quartile of the windows", "higher", by_phase=True),
        Figure("windows", doc="number of windows", by_phase=True),
        Figure(
            "data_share",
            doc="share of the time in which batches were put together",
            better="lower",
            by_phase=True,
        ),
        Figure("seconds", "s", "time of all steps, warm-up included", "lower", by_phase=True),
        Figure(
            "data_seconds",
            "s",
            "of this, the time in which batches were put together",
            "lower",
            by_phase=True,
        ),
        Figure("compute_seconds", "s", "of this, the rest", "lower", by_phase=True),
        Figure(
            "cached",
            doc="true if found on disk: rate and seconds are from when it was computed",
            headline=1,
            by_phase=True,
            role="cached",
        ),
    )

    def open(self, run: Run) -> SpeedGauge:
        """Start on a cell."""
        return SpeedGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Speed]
