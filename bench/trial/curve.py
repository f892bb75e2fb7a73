"""The course of a training: its loss, and what epochs are judged by, thinned as it gets longer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..api import Point

LOSS = "train loss"
MOST_POINTS = 128
"""Points of a series. Even, as each two of them become one when there are so many."""

TOGETHER = 64
"""Losses that are put into one tensor: single ones take 512 bytes each on a GPU."""

DIGITS = 7
"""Significant digits of what is kept; float32 has no more."""


class Stretch(NamedTuple):
    """Values that followed each other: the step of the last, how many, and sum and number of the finite."""

    step: int = 0
    size: int = 0
    total: float = 0.0
    finite: int = 0

    def extended(self, step: int, values: Sequence[float]) -> Stretch:
        """Return it with more values, of which the last is of this step."""
        finite = values if math.isfinite(sum(values)) else list(filter(math.isfinite, values))
        # One by one: the sum must not depend on how many values come at once.
        total = reduce(add, finite, self.total)
        return Stretch(step, self.size + len(values), total, self.finite + len(finite))

    def joined(self, later: Stretch) -> Stretch:
        """Return it and the next one as one."""
        return Stretch(
            later.step, self.size + later.size, self.total + later.total, self.finite + later.finite
        )

    @property
    def mean(self) -> float | None:
        """The mean of the finite values; None if there is none."""
        mean = self.total / self.finite if self.finite else math.nan
        return float(f"{mean:.{DIGITS}g}") if math.isfinite(mean) else None


class Series:
    """The means of values over stretches of equally many: one, until there are `MOST_POINTS`, then two, ...

    They depend on the values alone, not on how these were handed over.
    """

    def __init__(self) -> None:
        self.length = 1
        self.full: list[Stretch] = []
        self.last = Stretch()

    def __iter__(self) -> Iterator[Stretch]:
        """Give the stretches, of which the last may be shorter."""
        yield from self.full
        if self.last.size:
            yield self.last

    def extend(self, steps: Sequence[int], values: Sequence[float]) -> list[Stretch]:
        """Add values, each after a step; return the stretches that are now full."""
        full, begun = [], 0
        while begun < len(values):
            end = min(begun + self.length - self.last.size, len(values))
            self.last = self.last.extended(steps[end - 1], values[begun:end])
            begun = end
            if self.last.size == self.length:
                full.append(self.last)
                self._close()
        return full

    def _close(self) -> None:
        self.full.append(self.last)
        self.last = Stretch()
        if len(self.full) == MOST_POINTS:
            pairs = zip(self.full[::2], self.full[1::2], strict=True)
            self.full = [first.joined(second) for first, second in pairs]
            self.length *= 2

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        rows = torch.tensor([*self.full, self.last], dtype=torch.float64)
        return {"length": self.length, "stretches": rows}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        rows = state_dict["stretches"].tolist()
        *self.full, self.last = (
            Stretch(int(step), int(size), total, int(finite)) for step, size, total, finite in rows
        )
        self.length = state_dict["length"]


class Curve:
    """Series of the loss and of tracked figures, each by its name (`train loss`, `val accuracy`).

    A loss is read from its device only when `read` is called, as that waits for the device; until then it
    must not change. What is not finite is in no mean.
    """

    def __init__(self) -> None:
        self.step = 0
        self._series = {LOSS: Series()}
        self._steps: list[int] = []
        self._single: list[Tensor] = []
        self._together: list[Tensor] = []
        self._fresh: dict[int, dict[str, float]] = {}

    def add(self, step: int, loss: Tensor | None) -> None:
        """Note that a step of training was done, and its loss if it has one."""
        self.step = step
        if loss is not None:
            self._steps.append(step)
            self._single.append(_scalar(loss))
            if len(self._single) == TOGETHER:
                self._together.append(torch.stack(self._single))
                self._single = []

    def track(self, name: str, value: float) -> None:
        """Add a figure after the last step."""
        self._extend(name, [self.step], [value])

    def read(self) -> None:
        """Take in the losses so far."""
        if self._steps:
            single = [torch.stack(self._single)] if self._single else []
            steps, losses = self._steps, torch.cat([*self._together, *single])
            self._steps, self._single, self._together = [], [], []
            self._extend(LOSS, steps, losses.tolist())

    def fresh(self) -> list[Point]:
        """Return what has come since the last call: points of stretches that are full."""
        fresh, self._fresh = self._fresh, {}
        return _points(fresh)

    def rest(self) -> list[Point]:
        """Return that too of stretches which are not full: the end of the training."""
        for name, series in self._series.items():
            if series.last.size:
                _put(self._fresh, name, series.last)
        return self.fresh()

    def points(self) -> list[Point]:
        """Return the whole course as far as it was read, in the order of steps."""
        found: dict[int, dict[str, float]] = {}
        for name, series in self._series.items():
            for stretch in series:
                _put(found, name, stretch)
        return _points(found)

    @property
    def notes(self) -> list[str]:
        """What was not finite."""
        found = []
        for name, series in self._series.items():
            missing = sum(stretch.size - stretch.finite for stretch in series)
            if missing:
                size = sum(stretch.size for stretch in series)
                found.append(f"{name} was not finite {missing} times of {size}")
        return found

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        self.read()
        series = {name: series.state_dict() for name, series in self._series.items()}
        return {"step": self.step, "series": series}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.step = state_dict["step"]
        for name, state in state_dict["series"].items():
            self._series.setdefault(name, Series()).load_state_dict(state)

    def _extend(self, name: str, steps: Sequence[int], values: Sequence[float]) -> None:
        for stretch in self._series.setdefault(name, Series()).extend(steps, values):
            _put(self._fresh, name, stretch)


def _scalar(loss: Tensor) -> Tensor:
    """Return a loss without what it was computed from, by as few calls as can be: it is done in each step."""
    plain = loss.detach() if loss.requires_grad else loss
    return plain.reshape(()) if plain.ndim else plain


def _put(found: dict[int, dict[str, float]], name: str, stretch: Stretch) -> None:
    values = found.setdefault(stretch.step, {})
    if stretch.mean is not None:
        values[name] = stretch.mean


def _points(found: Mapping[int, Mapping[str, float]]) -> list[Point]:
    return [Point(step, found[step]) for step in sorted(found)]
