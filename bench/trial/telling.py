"""Progress of a cell, as it is told to whoever listens: often enough for people, too seldom to cost time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter

from torch import Tensor

from ..api import Limits, Listen, Point, Progress
from .live import LiveRun

PERIOD_SECONDS = 1.0
"""Reading a loss makes its device wait, so it is done no more often."""

MOST_CHANGES = 20
"""Phases that are told of within a period: an objective may open one in each of its steps."""


@dataclass(frozen=True)
class Mark:
    """Where a training was at some time."""

    time: float
    steps: int
    trained: float


class Pace:
    """How long a training still takes, judged by its steps after the first, which is slower than others."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._first: Mark | None = None

    def total(self, expected: int | None) -> int | None:
        """Return how many steps there will be in all if so many are expected; None if nobody says."""
        return expected and min(expected, self.limits.steps or expected)

    def left(self, now: Mark, expected: int | None) -> float | None:
        """Return the seconds from now to the end, by whatever ends it; None as long as they cannot be told.

        Evaluations between the steps count, as there will be more of them.
        """
        first, total = self._first, self.total(expected)
        if first is None:
            self._first = now
        if first is None or total is None:
            return None
        parts: list[tuple[float, float]] = [(now.steps - first.steps, total - now.steps)]
        if self.limits.seconds is not None:
            parts.append((now.trained - first.trained, self.limits.seconds - now.trained))
        elapsed = now.time - first.time
        lefts = [elapsed * max(0, left) / done for done, left in parts if done > 0]
        return min(lefts, default=None)


class Teller:
    """Tells each phase as it begins, and about once a second how it goes on; watches the run's stopwatch.

    `clock` tells the time in seconds.
    """

    def __init__(self, run: LiveRun, listen: Listen, clock: Callable[[], float] = perf_counter) -> None:
        self.run = run
        self.listen = listen
        self.clock = clock
        self.pace = Pace(run.limits)
        self._steps = 0
        self._loss: float | None = None
        self._end: float | None = None
        self._told: dict[str, float] = {}
        self._changes: deque[float] = deque(maxlen=MOST_CHANGES)
        run.stopwatch.watcher = self

    def changed(self) -> None:
        """Tell which phase it is now."""
        now = self.clock()
        if len(self._changes) < MOST_CHANGES or now - self._changes[0] >= PERIOD_SECONDS:
            self._changes.append(now)
            self._tell()

    def counted(self) -> None:
        """Tell how many examples the phase has gone through, if it is time."""
        if self._due("count"):
            self._tell()

    def stepped(self, steps: int, loss: Tensor | None) -> None:
        """Tell how the training goes, if it is time, after so many steps of which the last had this loss."""
        self._steps = steps
        if self._due("step"):
            self._loss = _finite(loss)
            now = Mark(self.clock(), steps, self.run.stopwatch.trained)
            left = self.pace.left(now, self.run.expected)
            self._end = None if left is None else now.time + left
            self.run.curve.read()
            self._tell(self.run.curve.fresh())

    def rest(self) -> None:
        """The training is over: tell what is left of its curve, also if it has failed."""
        with suppress(RuntimeError):  # a device that has failed gives nothing any more
            self.run.curve.read()
        self._end = None
        if points := self.run.curve.rest():
            self._tell(points)

    def _due(self, what: str) -> bool:
        now = self.clock()
        if now - self._told.get(what, -math.inf) < PERIOD_SECONDS:
            return False
        self._told[what] = now
        return True

    def _tell(self, points: list[Point] | None = None) -> None:
        count = self.run.stopwatch.count
        self.listen(
            Progress(
                self.run.stopwatch.current or "measure",
                self._steps,
                self._loss,
                tuple(points or ()),
                total_steps=self.pace.total(self.run.expected),
                seconds_left=None if self._end is None else max(0.0, self._end - self.clock()),
                examples=count.done,
                total_examples=count.total,
            )
        )


def _finite(loss: Tensor | None) -> float | None:
    """Return a loss as a number that JSON has; the course of the training says how often it was none."""
    value = math.nan if loss is None else float(loss)
    return value if math.isfinite(value) else None
