"""What several cells say together: means and standard deviations of numbers, and texts where they agree."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt
from typing import cast

from ..api import Measurement, Value
from ..toolkit.rendering import plain

Cells = Sequence[Sequence[Value]]
"""What the runs of each cell of a row have measured of a figure; no cell without any."""


def summarised(rows: Sequence[Cells]) -> list[Measurement | None]:
    """Return what each row has of a figure. It counts as a number only if it is one in all rows."""
    kinds = {type(value) for cells in rows for runs in cells for value in runs}
    if not kinds <= {int, float}:
        return [_agreed(cells) for cells in rows]
    found = [_averaged(cells) for cells in cast("Sequence[Sequence[Sequence[float]]]", rows)]
    if kinds == {int} and all(item is None or float(item.value).is_integer() for item in found):
        return [item and Measurement(int(item.value), item.spread, item.run_spread, item.n) for item in found]
    return found


def mean(values: Sequence[float]) -> float:
    """Return the mean of one or more numbers."""
    return fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float | None:
    """Return the standard deviation of a sample, None for fewer than two numbers."""
    return sqrt(_squares(values) / (len(values) - 1)) if len(values) > 1 else None


def _averaged(cells: Sequence[Sequence[float]]) -> Measurement | None:
    """Return the mean over cells, each the mean of its runs, and the deviations over cells and between runs.

    Between runs it is pooled over the cells: the root of all squares over all degrees of freedom.
    """
    if not cells:
        return None
    means = [mean(runs) for runs in cells]
    freedom = sum(map(len, cells)) - len(cells)
    between = sqrt(fsum(map(_squares, cells)) / freedom) if freedom else None
    return Measurement(mean(means), deviation(means), between, len(cells))


def _squares(values: Sequence[float]) -> float:
    center = mean(values)
    return fsum((value - center) ** 2 for value in values)


def _agreed(cells: Cells) -> Measurement | None:
    """Return what all cells say, or all that they say."""
    said = list(dict.fromkeys(_safe(value) for runs in cells for value in runs if value is not None))
    if not said:
        return None
    return Measurement("/".join(map(str, said)) if len(said) > 1 else said[0], n=len(cells))


def _safe(value: str | int | float | bool) -> str | int | float | bool:
    return plain(value) if isinstance(value, str) else value
