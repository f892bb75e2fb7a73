"""How large the largest of many statistics becomes by chance alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Protocol

import numpy as np
from scipy.special import stdtr, stdtrit

from .drawn import Drawn
from .pairs import MANY, Pairs
from .scores import Array

FREEDOMS = np.geomspace(0.5, MANY, 400)
"""Degrees of freedom of which limits are computed; those between follow, as exact ones of many take long."""


class Chance(Protocol):
    """How large statistics become by chance alone, by their degrees of freedom."""

    def p(self, statistic: Array, freedom: Array) -> Array:
        """Return how often chance makes them as large as each of these."""

    def critical(self, freedom: Array, alpha: float) -> Array:
        """Return what each must reach for a p of at most alpha."""

    def reached(self, statistic: Array, freedom: Array, alpha: float) -> Array:
        """Tell which have a p of at most alpha."""


@dataclass(frozen=True)
class Largest:
    """The distribution of the largest |T| among `count` pairs, `drawn`, each by a scale of its own.

    The scale is the quantile of Student's distribution that a single pair of so many would have to pass. So
    pairs of few degrees of freedom, whose statistics stray far, do not set the limit for all others.
    """

    count: int
    drawn: Array

    def p(self, statistic: Array, freedom: Array) -> Array:
        """Return how often the largest of all is as large as each of these."""
        less = np.searchsorted(self.drawn, np.abs(statistic) / _scale(freedom, self.count))
        p: Array = (1 + len(self.drawn) - less) / (1 + len(self.drawn))
        return p

    def critical(self, freedom: Array, alpha: float) -> Array:
        """Return what each statistic must reach for a p of at most alpha."""
        less = ceil((1 - alpha) * (1 + len(self.drawn)))
        limit = self.drawn[less - 1] if less <= len(self.drawn) else np.inf
        return _scale(freedom, self.count) * limit

    def reached(self, statistic: Array, freedom: Array, alpha: float) -> Array:
        """Tell which have a p of at most alpha."""
        return self.p(statistic, freedom) <= alpha


@dataclass(frozen=True)
class Single:
    """The distribution of |T| of one pair: Student's."""

    def p(self, statistic: Array, freedom: Array) -> Array:
        """Return how often |T| is as large as each of these."""
        p: Array = 2 * stdtr(freedom, -np.abs(statistic))
        return p

    def critical(self, freedom: Array, alpha: float) -> Array:
        """Return what each statistic must reach for a p of alpha."""
        limit: Array = -stdtrit(freedom, alpha / 2)
        return limit

    def reached(self, statistic: Array, freedom: Array, alpha: float) -> Array:
        """Tell which have a p of at most alpha."""
        return self.p(statistic, freedom) <= alpha


@dataclass(frozen=True)
class Bound:
    """A bound on the distribution of the largest |T| among so many pairs: Bonferroni's."""

    count: int

    def p(self, statistic: Array, freedom: Array) -> Array:
        """Return how often, at most, the largest of all is as large as each of these."""
        p: Array = np.minimum(2 * self.count * stdtr(freedom, -np.abs(statistic)), 1.0)
        return p

    def critical(self, freedom: Array, alpha: float) -> Array:
        """Return what each statistic must reach for a p of at most alpha."""
        return _quantile(freedom, alpha / 2 / self.count)

    def reached(self, statistic: Array, freedom: Array, alpha: float) -> Array:
        """Tell which have a p of at most alpha.

        That is known by the limits for the next smaller and the next larger degrees of freedom in the table,
        except of those in between: of millions of pairs only these need a p, which takes long.
        """
        lower = -stdtrit(FREEDOMS, alpha / 2 / self.count)
        upper = np.append(np.inf, lower)
        size = np.abs(statistic)
        found: Array = size >= lower[-1]
        some, own = size[found], freedom[found]
        at = np.searchsorted(FREEDOMS, own)
        reached, between = some >= upper[at], (some >= lower[at]) & (some < upper[at])
        reached[between] = self.p(some[between], own[between]) <= alpha
        found[found] = reached
        return found


def largest(pairs: Pairs, drawn: Drawn) -> Chance:
    """Return the distribution of the largest |T| of all pairs, `[K, K]`, were all contenders equal."""
    count = int(np.triu(pairs.varied, 1).sum())
    if count <= 1:
        return Single()
    limits = np.where(pairs.varied, _scale(pairs.freedom, count), np.inf)
    top = np.zeros(len(drawn.looseness))
    for first in range(len(limits) - 1):
        later = first, slice(first + 1, None)
        squares = drawn.squares(first, pairs.by_units[later], pairs.by_seeds[later])
        squares /= limits[later][:, None] ** 2
        np.maximum(top, squares.max(axis=0), out=top)
    return Largest(count, np.sqrt(np.sort(top)))


def _scale(freedom: Array, count: int) -> Array:
    return _quantile(freedom, 0.025 / count)


def _quantile(freedom: Array, tail: float) -> Array:
    """Return the quantile of Student's distribution that leaves so much above it, by a fine table."""
    limits = -stdtrit(FREEDOMS, tail)
    quantile: Array = np.interp(np.log(np.maximum(freedom, FREEDOMS[0])), np.log(FREEDOMS), limits)
    return quantile
