"""Differences between two contenders, of all pairs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, ndtri

from .components import Components
from .draws import differences
from .moderation import Moderated
from .scores import Array

MANY = 1e10
"""Degrees of freedom beyond which more make no difference."""


@dataclass(frozen=True)
class Pairs:
    """All pairs of K contenders, `[K, K]` each; the first of a pair is the row.

    difference: first minus second. by_units, by_seeds: the two parts of its variance. freedom: the degrees of
    freedom of their sum. statistic: the difference by its standard error; where two single networks are right
    or wrong in each unit, the normal deviate of McNemar's exact p. known: whether anything can be said.
    """

    difference: Array
    by_units: Array
    by_seeds: Array
    freedom: Array
    statistic: Array
    known: Array

    @property
    def error(self) -> Array:
        """The standard error of the difference."""
        error: Array = np.sqrt(self.by_units + self.by_seeds)
        return error


def pairs(parts: Components, spread: Moderated) -> Pairs:
    """Return how the contenders of each pair differ.

    The variance over seeds counts in a pair if it is known of both: the sum of theirs, or that of their
    difference between common draws. The degrees of freedom are those of
    Satterthwaite (1946), where what the variances of one kind lean on together counts as shared.
    """
    steady = np.logical_and.outer(parts.steady, parts.steady)
    by_units = unit_variances(parts)
    apart = np.where(steady, sums(seed_variances(parts, spread.variances)), 0.0)
    by_seeds = np.where(parts.common.paired, parts.common.variance, apart)
    total = by_units + by_seeds
    doubt = by_units**2 / unit_freedom(parts) + np.where(steady, _doubts(parts, spread), 0.0)
    freedom = np.minimum(np.divide(total**2, doubt, out=np.full_like(total, MANY), where=doubt > 0), MANY)
    difference = np.subtract.outer(parts.means, parts.means)
    known = np.isfinite(difference + total) & (steady & (total > 0) | (parts.units > 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(difference == 0, 0.0, difference / np.sqrt(total))
    if exact_ones(parts).any():
        exact = np.ix_(*[np.flatnonzero(exact_ones(parts))] * 2)
        statistic[exact] = _mcnemar(difference[exact], by_units[exact], parts)
    return Pairs(difference, by_units, by_seeds, freedom, statistic, known)


def sums(values: Array) -> Array:
    """Return the sum of each two values, `[K, K]`."""
    found: Array = np.add.outer(values, values)
    return found


def unit_freedom(parts: Components) -> float:
    """Return the degrees of freedom of variances over units; that of two values follows from their mean."""
    return MANY if parts.step or not parts.units else parts.units - 1


def unit_variances(parts: Components) -> Array:
    """Return the variance that units give to differences, `[K, K]`; 0 between two that never differ."""
    return differences(parts.covariance) + sums(pseudo(parts))


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


def remaining(parts: Components, spread: Moderated) -> tuple[float, float, float]:
    """Return what makes the difference of two contenders uncertain when there are more seeds.

    That is the variance that no seeds can take away, the variance of one seed of either, and the degrees of
    freedom of the latter.
    """
    between = float(unit_variances(parts)[0, 1])
    common = parts.common
    if common.paired[0, 1]:
        left = between - float(common.interaction[0, 1] / common.number[0, 1])
        return max(left, 0.0), float(common.spread[0, 1]), float(common.freedom[0, 1])
    left = between - float((parts.interaction / parts.seeds).sum())
    by_seeds = float((spread.variances / parts.seeds).sum())
    doubt = float(_doubts(parts, spread)[0, 1])
    return max(left, 0.0), float(spread.variances.sum()), by_seeds**2 / doubt if doubt else MANY


def _doubts(parts: Components, spread: Moderated) -> Array:
    """Return how uncertain the seeds' part of the variance of differences is, `[K, K]`."""
    lent = _lent(parts, spread)
    alike = np.equal.outer(spread.kinds, spread.kinds)
    apart = sums(seed_doubts(parts, spread)) + 2 * alike * np.multiply.outer(lent, lent)
    common = parts.common
    together = (common.spread / np.maximum(common.number, 1)) ** 2 / common.freedom
    return np.where(common.paired, together, apart)


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
