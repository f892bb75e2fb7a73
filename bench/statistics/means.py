"""The mean of one contender by itself: within what bounds it lies."""

from __future__ import annotations

from math import sqrt

from scipy.special import stdtrit

from .components import Components
from .pairs import MANY, unit_freedom

RARE = 2.0
"""How many units of the rarer kind it takes to trust half in how these vary."""


def mean_interval(
    parts: Components, at: int, by_seeds: float, doubt: float, confidence: float
) -> tuple[float, float] | None:
    """Return the bounds of a contender's mean, None where they cannot be told.

    by_seeds: the variance that fresh seeds cause. doubt: how uncertain that is.
    Where units have two values they are Wilson's (1927), for as many units as would vary as this mean does.
    """
    by_units = float(parts.covariance[at, at])
    variance = by_units + by_seeds
    if not parts.units and not variance:
        return None
    doubt += by_units**2 / unit_freedom(parts)
    limit = float(stdtrit(min(variance**2 / doubt, MANY) if doubt else MANY, (1 + confidence) / 2))
    mean = float(parts.means[at])
    if not parts.step:
        return mean - limit * sqrt(variance), mean + limit * sqrt(variance)
    part = min(max((mean - parts.low) / parts.step, 0.0), 1.0)
    variance -= by_units / parts.units  # Wilson's divides by their number, not by one less
    low, high = wilson(part, _like(part, variance / parts.step**2, parts.units), limit)
    return parts.low + parts.step * low, parts.low + parts.step * high


def _like(part: float, variance: float, units: int) -> float:
    """Return how many units of one network would let a proportion vary as much.

    More than there are, where seeds differ in which they get right; but how much they do is seen only in
    units of the rarer kind. So it is weighed against the number of units by how many of those there are.
    """
    plain, rare = part * (1 - part) / units, units * min(part, 1 - part)
    ratio = variance / plain if plain else 0.0
    return units / max(ratio, (rare * ratio + RARE) / (rare + RARE))


def wilson(part: float, count: float, limit: float) -> tuple[float, float]:
    """Return the bounds of a proportion that was seen in so many; limit: in standard errors."""
    centre = part + limit**2 / (2 * count)
    half = limit * sqrt(part * (1 - part) / count + limit**2 / (4 * count**2))
    whole = 1 + limit**2 / count
    return max((centre - half) / whole, 0.0), min((centre + half) / whole, 1.0)
