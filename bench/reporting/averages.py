"""What several cells say together: means and standard deviations of numbers, and texts where they agree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import fsum, sqrt
from operator import mul
from typing import cast

from ..api import Measurement, Value
from ..toolkit.rendering import plain

Cells = Sequence[Sequence[Value]]
"""What the runs of each cell of a row have measured of a figure; no cell without any."""


def summarised(rows: Sequence[Cells]) -> list[Measurement | None]:
    """Return what each row has of a figure. It counts as a number only if it is one in all rows."""
    kinds = set(map(type, chain.from_iterable(chain.from_iterable(rows))))
    if not kinds <= {int, float}:
        return [_agreed(cells) for cells in rows]
    numbers = cast("Sequence[Sequence[Sequence[float]]]", rows)
    found = [_averaged(cells) if cells else None for cells in numbers]
    if kinds == {int} and all(float(item.value).is_integer() for item in found if item):
        return [item and Measurement(int(item.value), item.spread, item.run_spread, item.n) for item in found]
    return found


def mean(values: Sequence[float]) -> float:
    """Return the mean of one or more numbers."""
    return fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float | None:
    """Return the standard deviation of a sample, None for fewer than two numbers."""
    return sqrt(_squares(values, mean(values)) / (len(values) - 1)) if len(values) > 1 else None


def _averaged(cells: Sequence[Sequence[float]]) -> Measurement:
    """Return the mean over cells, each the mean of its runs, and the deviations over cells and between runs.

    Between runs it is pooled over the cells: the root of all squares over all degrees of freedom.
    """
    values, between = list(chain.from_iterable(cells)), None
    freedom = len(values) - len(cells)
    if freedom:
        values = list(map(mean, cells))
        between = sqrt(fsum(map(_squares, cells, values)) / freedom)
    center = mean(values)
    spread = sqrt(_squares(values, center) / (len(values) - 1)) if len(values) > 1 else None
    return Measurement(center, spread, between, len(values))


def _squares(values: Sequence[float], center: float) -> float:
    """Return the sum of squared distances."""
    distances = [value - center for value in values]
    return fsum(map(mul, distances, distances))


def _agreed(cells: Cells) -> Measurement | None:
    """Return what all cells say, or all that they say."""
    said = list(dict.fromkeys(_safe(value) for runs in cells for value in runs if value is not None))
    if not said:
        return None
    return Measurement("/".join(map(str, said)) if len(said) > 1 else said[0], n=len(cells))


def _safe(value: str | int | float | bool) -> str | int | float | bool:
    return plain(value) if isinstance(value, str) else value
