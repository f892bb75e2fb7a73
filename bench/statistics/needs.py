"""How many seeds it would take to decide what is undecided."""

from __future__ import annotations

from math import ceil

from scipy.special import chdtri, ndtri

from ..api.comparison import Need

POWER = 0.8
"""How surely so many seeds would show a difference that is as large as it looks."""
LIKELY = 0.8
"""How surely the number of seeds lies within the range that is given."""


MOST = 100
"""Nobody trains with more seeds to tell two recipes apart: more test examples are the better way."""


def need(
    difference: float, by_units: float, by_seeds: float, freedom: float, critical: float, seeds: int
) -> Need:
    """Return how many seeds of both would show a difference, if it is as large as it looks.

    by_units: the variance of the difference that more seeds leave. by_seeds: what they divide, the variance
    for one seed of either. freedom: the degrees of freedom of the latter. critical: what the difference must
    be in standard errors. seeds: how many there are.
    """
    wanted = (difference / (critical + ndtri(POWER))) ** 2
    if wanted <= by_units or by_seeds <= 0:
        return Need()
    tails = (1 - LIKELY) / 2, (1 + LIKELY) / 2
    likely = [by_seeds * freedom / chdtri(freedom, tail) for tail in tails]
    low, high = (ceil(each / (wanted - by_units) + critical**2 / 4) for each in likely)
    return Need(max(low, seeds + 1), max(high, seeds + 1)) if low <= MOST else Need()
