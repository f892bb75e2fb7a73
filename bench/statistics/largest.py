"""How large the largest of many statistics becomes by chance alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.special import stdtr, stdtrit

from .drawn import Drawn
from .pairs import MANY, Pairs
from .scores import Array


@dataclass(frozen=True)
class Largest:
    """The distribution of the largest |T| among all pairs, each in units of its own `scale`, `[K, K]`.

    The scale is the quantile of Student's distribution that a single pair of so many would have to pass. So
    pairs of few degrees of freedom, whose statistics stray far, do not set the limit for all others.
    """

    scale: Array
    drawn: Array

    def p(self, statistic: Array) -> Array:
        """Return how often the largest of all is as large as each of these, `[K, K]`."""
        less = np.searchsorted(self.drawn, np.abs(statistic) / self.scale)
        p: Array = (1 + len(self.drawn) - less) / (1 + len(self.drawn))
        return p

    def critical(self, alpha: float) -> Array:
        """Return what each statistic must reach for a p of at most alpha, `[K, K]`."""
        less = ceil((1 - alpha) * (1 + len(self.drawn)))
        limit: Array = self.scale * (self.drawn[less - 1] if less <= len(self.drawn) else np.inf)
        return limit


@dataclass(frozen=True)
class Single:
    """The distribution of |T| of one pair: Student's."""

    freedom: Array

    def p(self, statistic: Array) -> Array:
        """Return how often |T| is as large as each of these, `[K, K]`."""
        p: Array = 2 * stdtr(self.freedom, -np.abs(statistic))
        return p

    def critical(self, alpha: float) -> Array:
        """Return what each statistic must reach for a p of alpha, `[K, K]`."""
        limit: Array = -stdtrit(self.freedom, alpha / 2)
        return limit


def largest(pairs: Pairs, drawn: Drawn | None) -> Largest | Single:
    """Return the distribution of the largest |T| were all contenders equal; of one pair if none are drawn."""
    varied = pairs.known & (pairs.error > 0)
    count = int(np.triu(varied, 1).sum())
    if drawn is None or count == 0:
        return Single(pairs.freedom)
    scale = _scale(pairs.freedom, count)
    limits = np.where(varied, scale, np.inf).astype(np.float32)
    top = np.zeros(len(drawn.looseness), dtype=np.float32)
    for first in range(len(scale) - 1):
        squares = drawn.squares(first, pairs.by_units[first, first + 1 :])
        squares /= limits[first, first + 1 :, None] ** 2
        np.maximum(top, squares.max(axis=0), out=top)
    return Largest(scale, np.sqrt(np.sort(top)))


def _scale(freedom: Array, count: int) -> Array:
    """Return the quantile that a single one of so many pairs would have to pass, by a fine table."""
    table = np.geomspace(0.5, MANY, 400)
    scale: Array = np.interp(np.log(freedom), np.log(table), -stdtrit(table, 0.025 / count))
    return scale
