"""Figures that are no means over examples, made into contributions as if they were: the jackknife.

Macro F1, mean IoU, BLEU, the area under a curve: how far such a figure moves when an example counts more says
what that example contributes to it. Of a mean that is the example's own score, so whatever is right for means
is right for these figures too, as closely as a straight line follows them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .scores import Array

MOST_UNITS = 300
"""More units cost more computing, and tell little more: their spread is known to 4 % as it is."""


def jackknife(
    compute: Callable[[Array], float | None], count: int, groups: Array | None = None
) -> Array | None:
    """Return what n units contribute to a figure, `[n]`, whose mean is the figure.

    compute: the figure of N examples that count `weights[N]` times each; None or nan where it is undefined.
    It is called `MOST_UNITS` + 1 times at most. count: N. groups: numbers that are equal for examples that
    belong together, `[N]`. A unit is an example or a group. Where there are more than `MOST_UNITS` of these
    it is several, drawn at random: the same ones whenever there are as many.

    None where the figure is undefined, or there are fewer than two units.
    """
    units = _units(count, groups)
    sizes = np.bincount(units)
    figures = np.array([_number(compute(1.0 + (units == unit))) for unit in range(-1, len(sizes))])
    whole, doubled = figures[0], figures[1:]
    if len(sizes) < 2 or not np.isfinite(figures).all():
        return None
    # Counted twice, a unit of so many examples moves a mean by (its own mean - mean) * size / (count + size).
    moved = (doubled - whole) * (count + sizes) * (len(sizes) / count)
    centred: Array = whole + moved - moved.mean()
    return centred


def _units(count: int, groups: Array | None) -> Array:
    """Return the number of the unit that each example is in, `[N]`, from 0."""
    members = np.arange(count) if groups is None else np.unique(groups, return_inverse=True)[1]
    found = int(members.max(initial=-1)) + 1
    if found <= MOST_UNITS:
        return members
    # At random, as examples that are stored side by side are often alike, of one class for example.
    drawn: Array = np.random.default_rng(found).permutation(found) % MOST_UNITS
    return drawn[members]


def _number(figure: float | None) -> float:
    return np.nan if figure is None else figure
