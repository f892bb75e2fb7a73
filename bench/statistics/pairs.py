"""Differences between two contenders, of many pairs at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import bdtr, ndtri

from .components import Components
from .draws import CommonDraws, differences
from .moderation import Moderated
from .scores import Array

MANY = 1e10
"""Degrees of freedom beyond which more make no difference."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of R contenders, at positions `first`, with C others, at `second`: `[R, C]` each.

    Each is worked out when it is asked for, as there may be millions.
    """

    parts: Components
    spread: Moderated
    first: Array
    second: Array

    @cached_property
    def difference(self) -> Array:
        """First minus second."""
        difference: Array = np.subtract.outer(self.parts.means[self.first], self.parts.means[self.second])
        return difference

    @cached_property
    def by_units(self) -> Array:
        """The variance that units give to the difference; 0 between two that never differ."""
        parts = self.parts
        if not parts.units:
            return np.broadcast_to(0.0, (len(self.first), len(self.second)))
        return differences(parts.covariance, self.first, self.second) + self._sums(pseudo(parts))

    @cached_property
    def by_seeds(self) -> Array:
        """The variance that seeds give to it, which counts if it is known of both.

        It is the sum of theirs, or that of their difference between common draws.
        """
        apart = self._if_steady(self._sums(seed_variances(self.parts, self.spread.variances)))
        return self._in_common(lambda common: common.variance, apart)

    @cached_property
    def variance(self) -> Array:
        """The variance of the difference."""
        return self.by_units + self.by_seeds if self.parts.units else self.by_seeds

    @cached_property
    def error(self) -> Array:
        """The standard error of the difference."""
        error: Array = np.sqrt(self.variance)
        return error

    @cached_property
    def known(self) -> Array:
        """Whether anything can be said."""
        known: Array = np.isfinite(self.difference + self.error)
        if not self.parts.units:
            known &= self._steady & (self.error > 0)
        return known

    @property
    def varied(self) -> Array:
        """Whether chance could make a difference."""
        varied: Array = self.known & (self.error > 0)
        return varied

    @cached_property
    def freedom(self) -> Array:
        """The degrees of freedom of the variance.

        They are those of Satterthwaite (1946), where what the variances of one kind lean on together counts
        as shared.
        """
        squares, doubt = self.variance**2, self._if_steady(self.doubts)
        if self.parts.units:
            doubt = doubt + self.by_units**2 / unit_freedom(self.parts)
        ratio = np.divide(squares, doubt, out=np.full_like(squares, MANY), where=doubt > 0)
        freedom: Array = np.minimum(ratio, MANY)
        return freedom

    @cached_property
    def doubts(self) -> Array:
        """How uncertain the variance that seeds give is."""
        parts, spread = self.parts, self.spread
        apart, lent = self._sums(seed_doubts(parts, spread)), _lent(parts, spread)
        if lent.any():
            alike = np.equal.outer(spread.kinds[self.first], spread.kinds[self.second])
            apart += 2 * alike * np.multiply.outer(lent[self.first], lent[self.second])
        return self._in_common(lambda common: common.doubt, apart)

    @cached_property
    def statistic(self) -> Array:
        """The difference by its standard error.

        Where two single networks are right or wrong in each unit, the normal deviate of McNemar's exact p.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = np.where(self.difference == 0, 0.0, self.difference / self.error)
        exact = np.ix_(*(np.flatnonzero(exact_ones(self.parts)[each]) for each in (self.first, self.second)))
        if statistic[exact].size:
            statistic[exact] = _mcnemar(self.difference[exact], self.by_units[exact], self.parts)
        return statistic

    @cached_property
    def remaining(self) -> tuple[Array, Array, Array]:
        """What makes the difference uncertain when there are more seeds.

        That is the variance that no seeds can take away, the variance of one seed of either, and the degrees
        of freedom of the latter.
        """
        parts, variances = self.parts, self.spread.variances
        by_both = self._in_common(lambda common: common.by_both, self._sums(parts.interaction / parts.seeds))
        of_one = self._in_common(lambda common: common.spread, self._sums(variances))
        squares, doubts = self._sums(variances / parts.seeds) ** 2, self.doubts
        apart = np.divide(squares, doubts, out=np.full_like(doubts, MANY), where=doubts > 0)
        freedom = self._in_common(lambda common: common.freedom, apart)
        return np.maximum(self.by_units - by_both, 0.0), of_one, freedom

    @cached_property
    def _steady(self) -> Array:
        steady: Array = np.logical_and.outer(self.parts.steady[self.first], self.parts.steady[self.second])
        return steady

    def _if_steady(self, values: Array) -> Array:
        """Return what holds where it is known of both what another seed may give, and 0 where not."""
        return values if self.parts.steady.all() else np.where(self._steady, values, 0.0)

    @cached_property
    def _common(self) -> CommonDraws | None:
        common = self.parts.common
        return None if common is None else common.between(self.first, self.second)

    def _in_common(self, told: Callable[[CommonDraws], Array], apart: Array) -> Array:
        """Return what common draws tell where two have any, and what is known of each apart where not."""
        common = self._common
        return apart if common is None else np.where(common.paired, told(common), apart)

    def _sums(self, values: Array) -> Array:
        sums: Array = np.add.outer(values[self.first], values[self.second])
        return sums


def unit_freedom(parts: Components) -> float:
    """Return the degrees of freedom of variances over units; that of two values follows from their mean."""
    return MANY if parts.step or not parts.units else parts.units - 1


def pseudo(parts: Components) -> Array:
    """Return what one unit more, that one seed got right or wrong, adds to the variance of each mean, `[K]`.

    Bonett and Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data" (2012): without it, intervals of proportions near 0 or 1 are too short.
    """
    added: Array = (parts.step / max(parts.units, 1)) ** 2 / parts.seeds
    return added


def seed_variances(parts: Components, spread: Array) -> Array:
    """Return the variance of the means, `[..., K]`, that fresh seeds cause, from their spread, `[..., K]`."""
    found: Array = np.maximum(spread - parts.interaction, 0.0) / parts.seeds
    return found


def exact_ones(parts: Components) -> Array:
    """Tell which are single networks that are right or wrong in each unit, `[K]`; pairs of them are exact."""
    exact: Array = (parts.seeds == 1) & (parts.step > 0)
    return exact


def seed_doubts(parts: Components, spread: Moderated) -> Array:
    """Return how uncertain the seeds' part of the variance of each mean is, `[K]`."""
    own = (spread.variances / parts.seeds) ** 2 / np.maximum(spread.freedom + spread.prior, 1)
    doubts: Array = own + _lent(parts, spread) ** 2
    return doubts


def _lent(parts: Components, spread: Moderated) -> Array:
    """Return the doubt, as a standard deviation, that all of a kind share, `[K]`."""
    lent: Array = spread.variances / parts.seeds * spread.share / np.sqrt(np.maximum(spread.pool, 1))
    return lent


def _mcnemar(difference: Array, by_units: Array, parts: Components) -> Array:
    """Return the normal deviates of the p-values of McNemar's exact test, signed as the differences are."""
    count = parts.units
    variance = by_units - 2 * (parts.step / count) ** 2  # as `pseudo` has it for one seed
    squares = variance * (count - 1) * count + difference**2 * count
    discordant = np.rint(squares / parts.step**2)
    fewer = np.rint((discordant - np.abs(difference) * count / parts.step) / 2)
    p = np.clip(2 * bdtr(fewer, discordant.astype(np.int64), 0.5), 1e-300, 1.0)
    deviates: Array = -np.sign(difference) * ndtri(p / 2)
    return deviates
