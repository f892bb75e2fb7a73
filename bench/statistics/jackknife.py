"""Figures that are no means over examples, made into contributions as if they were: the jackknife.

Macro F1, mean IoU, BLEU, the area under a curve: how far such a figure moves when an example is left out says
what that example contributes to it. Of a mean that is the example's own score, so whatever is right for means
is right for these figures too, as closely as a straight line follows them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .scores import Array

Compute = Callable[[Array], float | None]

MOST_UNITS = 300
"""More units cost more computing, and tell little more: their spread is known to 4 % as it is."""

LEFT_OUT = (0.0, 0.5)
"""How often a unit that is left out still counts: half where the figure would be undefined without it."""


def jackknife(compute: Compute, count: int, groups: Array | None = None) -> Array | None:
    """Return what n units contribute to a figure, `[n]`, whose mean is the figure.

    compute: the figure of N examples that count `weights[N]` times each; None or nan where it is undefined,
    for want of a class for example. It is called about n times. count: N. groups: numbers that are equal for
    examples that belong together, `[N]`. A unit is an example or a group. Where there are more than
    `MOST_UNITS` of these it is several, drawn at random: the same ones whenever there are as many.

    None where the figure is undefined, or there are fewer than two units.
    """
    units = _units(count, groups)
    sizes = np.bincount(units)
    if len(sizes) < 2:
        return None
    whole = _number(compute(np.ones(count)))
    # Left out, a unit of m examples of N moves a mean by (mean - its own mean) * m / (N - m).
    moved = [_moved(compute, units == unit, whole) for unit in range(len(sizes))]
    contributions: Array = whole + np.array(moved) * (len(sizes) / count)
    contributions += whole - contributions.mean()
    return contributions if np.isfinite(contributions).all() else None


def _moved(compute: Compute, left_out: Array, whole: float) -> float:
    """Return how far a unit moves the figure, by each of its weight and of the weight that remains."""
    for share in LEFT_OUT:
        weights = np.where(left_out, share, 1.0)
        without = _number(compute(weights))
        if np.isfinite(without):
            return float((whole - without) * weights.sum() / (1 - share))
    return np.nan


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
