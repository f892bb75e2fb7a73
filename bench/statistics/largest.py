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


@dataclass(frozen=True)
class Bound:
    """A bound on the distribution of the largest |T| among so many pairs: Bonferroni's."""

    freedom: Array
    count: int

    def p(self, statistic: Array) -> Array:
        """Return how often, at most, the largest of all is as large as each of these, `[K, K]`."""
        size, found = np.abs(statistic), np.ones(statistic.shape)
        some = size > -stdtrit(MANY, 0.5 / self.count)  # less than that has a p of 1 at any freedom
        found[some] = np.minimum(2 * self.count * stdtr(self.freedom[some], -size[some]), 1.0)
        return found

    def critical(self, alpha: float) -> Array:
        """Return what each statistic must reach for a p of at most alpha, `[K, K]`."""
        return _quantile(self.freedom, alpha / 2 / self.count)


def largest(pairs: Pairs, drawn: Drawn | None) -> Largest | Single | Bound:
    """Return the distribution of the largest |T| were all contenders equal; a bound if none are drawn."""
    varied = pairs.known & (pairs.error > 0)
    count = int(np.triu(varied, 1).sum())
    if drawn is None and len(varied) > 2:
        return Bound(pairs.freedom, max(count, 1))  # by a table, as exact quantiles of millions take long
    if drawn is None or count <= 1:
        return Single(pairs.freedom)
    scale = _quantile(pairs.freedom, 0.025 / count)
    limits = np.where(varied, scale, np.inf)
    top = np.zeros(len(drawn.looseness))
    for first in range(len(scale) - 1):
        later = first, slice(first + 1, None)
        squares = drawn.squares(first, pairs.by_units[later], pairs.by_seeds[later])
        squares /= limits[later][:, None] ** 2
        np.maximum(top, squares.max(axis=0), out=top)
    return Largest(scale, np.sqrt(np.sort(top)))


def _quantile(freedom: Array, tail: float) -> Array:
    """Return the quantile of Student's distribution that leaves so much above it, by a fine table."""
    table = np.geomspace(0.5, MANY, 400)
    quantile: Array = np.interp(np.log(np.maximum(freedom, table[0])), np.log(table), -stdtrit(table, tail))
    return quantile
