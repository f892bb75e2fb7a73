"""Scales of charts: from values to places along an axis, and the values to write at it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

LARGEST = 1e100
"""Beyond this, and for what is no number, nothing is drawn."""

SMALLEST = 1e-300
"""Values no further apart than this are drawn as equal: their steps could not be told from zero."""

WIDE = 20.0
"""From this ratio on, the largest to the smallest, a scale is logarithmic."""

PER_DECADE = (1, 2, 5)
WIDEST = 3
"""Decades with marks at all of these; where there are more, only powers of ten have one."""

MARKS = 7
"""The most marks on a logarithmic scale."""


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`, with values to mark."""

    low: float
    high: float
    marks: Sequence[float]
    log: bool = False

    def at(self, value: float) -> float:
        """Return where a value is: 0 at the low end, 1 at the high end, never beyond either."""
        low, high = self._bent(self.low), self._bent(self.high)
        return min(1.0, max(0.0, (self._bent(max(value, self.low)) - low) / (high - low)))

    def _bent(self, value: float) -> float:
        return math.log10(value) if self.log else value


def drawable(value: object) -> TypeGuard[float]:
    """Tell whether a value can be drawn: a number, and a finite one of sensible size."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def linear(values: Iterable[float], about: int = 4) -> Scale:
    """Return a scale over one or more values, in about so many steps of 1, 2 or 5 times a power of ten."""
    found = list(values)
    low, high = min(found), max(found)
    if high - low <= max(1e-9 * max(abs(low), abs(high)), SMALLEST):
        pad = max(abs(low) / 10, SMALLEST) if low else 1.0
        low, high = low - pad, high + pad
    step = _round_step((high - low) / about)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = [round(number * step, 12 - math.floor(math.log10(step))) for number in range(first, last + 1)]
    return Scale(marks[0], marks[-1], marks)


def fitting(values: Iterable[float]) -> Scale:
    """Return a logarithmic scale where all values are positive and far apart, a linear one otherwise."""
    found = list(values)
    return _logarithmic(min(found), max(found)) if 0 < WIDE * min(found) < max(found) else linear(found)


def short(value: float) -> str:
    """Return a number as an axis shows it: `0.95`, `20k`, `3M`."""
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if suffix == 'k' else size):.4g}{suffix}"
    return f"{value:.4g}"


def _logarithmic(low: float, high: float) -> Scale:
    """Return a logarithmic scale from one positive value to a much larger one, and a little further."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = PER_DECADE if last - first <= WIDEST else (1,)
    every = [step * 10.0**decade for decade in range(first, last) for step in steps] + [10.0**last]
    below = max((mark for mark in every if mark <= low), default=every[0])
    above = min((mark for mark in every if mark >= high), default=every[-1])
    marks = [mark for mark in every if below <= mark <= above]
    return Scale(below, above, marks[:: math.ceil(len(marks) / MARKS)], log=True)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return power * min((1, 2, 5, 10), key=lambda factor: abs(math.log(step / power / factor)))
