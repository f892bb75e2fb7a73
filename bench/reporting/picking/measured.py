"""What rows have of a column, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import exp, log1p

import numpy as np

from ...api import Answer, Column, Comparison, Interval
from ...statistics import Family, Scores, judge
from ..averages import mean
from ..fastest import LARGEST

Bounds = tuple[float, float]

STEADY = 3
"""What came out the same so often, and never otherwise, is taken to be so."""


@dataclass(frozen=True)
class Measured:
    """A column of some rows.

    values: what tables show, None where nothing was measured. scores: what is judged, the higher the better.
    logarithmic: these are logarithms, as speeds and the like vary in proportion to themselves. counted: all
    values are whole numbers. overs: what each rests on, such as `3 seeds`. examples: how many examples all
    have in common, None where that is not known.
    """

    column: Column
    values: Sequence[float | None]
    scores: Sequence[Scores | None]
    logarithmic: bool = False
    counted: bool = False
    overs: Sequence[str] = ()
    examples: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all rows have it."""
        return None not in self.values

    @property
    def sign(self) -> int:
        """What turns values into scores, of which the higher is the better."""
        return -1 if self.column.figure.better == "lower" else 1

    def of(self, rows: Sequence[int]) -> Measured:
        """Return what some rows have, by their positions."""
        return replace(
            self,
            values=[self.values[row] for row in rows],
            scores=[self.scores[row] for row in rows],
            overs=[self.overs[row] for row in rows] if self.overs else (),
        )

    def family(self, alpha: float, margin: float = 0.0) -> Family:
        """Return how the rows compare, all of which must have it. A margin is in the unit of the scores."""
        return judge([scores for scores in self.scores if scores is not None], margin=margin, alpha=alpha)

    def bounds(self, alpha: float) -> list[Bounds | None]:
        """Return below and above which each row is, either with a confidence of 1 - alpha.

        None where nothing was measured, or where it cannot be told from a single measurement.
        """
        if self.exact:
            return [None if value is None else (value, value) for value in self.values]
        found = iter(self.intervals(2 * alpha))
        present = [None if scores is None else next(found) for scores in self.scores]
        return [self._ends(row, interval) for row, interval in enumerate(present)]

    def intervals(self, alpha: float) -> list[Interval | None]:
        """Return the intervals of the rows that have it, in the figure's unit, each by itself."""
        count = sum(scores is not None for scores in self.scores)
        if not count:
            return []
        family = self.family(alpha)
        return [interval and self._turned(interval) for interval in map(family.interval, range(count))]

    def corrected(self, row: int, alpha: float) -> float | None:
        """Return the value of the row that was chosen for it, without what it owes to that."""
        return None if self.exact else self._value(self.family(alpha).corrected(row))

    def comparisons(self, alpha: float, margin: float) -> list[Comparison | None]:
        """Return what the first row is to each, None for itself. All rows must have it.

        Of logarithms the difference and its interval are ratios of values. Within `margin`, in the figure's
        unit, two are the same.
        """
        others = range(1, len(self.values))
        if self.exact:
            return [None, *(self._counted(other, margin) for other in others)]
        first = self.values[0] or 0.0
        family = self.family(alpha, log1p(margin / first) if self.logarithmic else margin)
        return [None, *map(self._compared, family.against_others(0))]

    def cheaper(self, alpha: float) -> list[float | None]:
        """Return how many times the value of the first row each one's is, where it surely is better.

        None where that is not sure, or where a ratio says nothing as values are not positive.
        """
        first = self.values[0] or 0.0
        return [
            value / first if found and found.answer == "worse" and value and min(value, first) > 0 else None
            for value, found in zip(self.values, self.comparisons(alpha, 0.0), strict=True)
        ]

    @property
    def exact(self) -> bool:
        """Whether it has no spread, as it is counted and not measured: parameters, operations."""
        found = [scores for scores in self.scores if scores is not None]
        if any(scores.examples is not None or np.ptp(scores.means) > 0 for scores in found):
            return False
        return self.counted or any(len(scores.means) > 1 for scores in found)

    def _ends(self, row: int, interval: Interval | None) -> Bounds | None:
        scores, value = self.scores[row], self.values[row]
        if interval is not None:
            return (interval.low, interval.high)
        steady = scores is not None and len(scores.means) >= STEADY and np.ptp(scores.means) == 0
        return (value, value) if steady and value is not None else None

    def _turned(self, interval: Interval) -> Interval:
        low, high = sorted(map(self._value, (interval.low, interval.high)))
        return replace(interval, low=low, high=high)

    def _compared(self, found: Comparison) -> Comparison:
        difference, *ends = map(self._value, (found.difference, found.low, found.high))
        return replace(found, difference=difference, low=min(ends), high=max(ends))

    def _counted(self, other: int, margin: float) -> Comparison:
        difference = (self.values[0] or 0.0) - (self.values[other] or 0.0)
        answer: Answer = "better" if self.sign * difference > 0 else "worse"
        if abs(difference) <= margin:
            answer = "same"
        return Comparison(difference, difference, difference, 1.0 * (difference == 0), answer, "recipe")

    def _value(self, score: float) -> float:
        return exp(min(self.sign * score, LARGEST)) if self.logarithmic else self.sign * score


def of_runs(
    column: Column, runs: Sequence[Sequence[Sequence[float]]], kinds: Sequence[str], *, counted: bool = False
) -> Measured:
    """Return a column of resources from what the runs of the cells of each row have measured.

    What counts are the cells of a row, or the runs of its only one. `kinds`: rows of one kind vary alike.
    """
    logarithmic = all(value > 0 for cells in runs for cell in cells for value in cell)
    units = [list(map(mean, cells)) if len(cells) > 1 else [*chain(*cells)] for cells in runs]
    sign = -1.0 if column.figure.better == "lower" else 1.0
    scores = [
        Scores(sign * (np.log(found) if logarithmic else np.array(found)), kind=kind) if found else None
        for found, kind in zip(units, kinds, strict=True)
    ]
    means = [mean(found) if found else None for found in units]
    values = [
        round(value) if counted and value is not None and value.is_integer() else value for value in means
    ]
    return Measured(column, values, scores, logarithmic, counted, list(map(_over, runs)))


def seeds(count: int) -> str:
    """Return a number of seeds in words."""
    return f"{count} seed{'' if count == 1 else 's'}"


def _over(cells: Sequence[Sequence[float]]) -> str:
    runs = sum(map(len, cells))
    return seeds(len(cells)) + (f", {runs} runs" if runs != len(cells) else "")
