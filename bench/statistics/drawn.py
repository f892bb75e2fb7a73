"""Draws of what a family of contenders would have shown, had chance alone been at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .components import Components
from .moderation import Moderated
from .pairs import pseudo, seed_variances, unit_freedom
from .scores import Array


@dataclass(frozen=True)
class Drawn:
    """Draws of the means of K equal contenders, `[K, draws]`, in single precision, as there may be many.

    by_units, by_seeds: what units and what seeds add to a mean. spread: the variance of the latter, as it
    would have been estimated. looseness: the variance over units as it would have been estimated, by the true
    one, `[draws]`. steady: `[K]`.
    """

    by_units: Array
    by_seeds: Array
    spread: Array
    looseness: Array
    steady: Array

    @property
    def errors(self) -> Array:
        """How far each mean is off, `[K, draws]`."""
        errors: Array = self.by_units + self.by_seeds
        return errors

    def squares(self, first: int, by_units: Array) -> Array:
        """Return the squared statistics of a contender against all later ones, `[later, draws]`.

        by_units: the variances of these differences that come from units, `[later]`.
        """
        later = slice(first + 1, None)
        seeds = (self.steady[first] & self.steady[later])[:, None]
        squares: Array = self.by_units[first] - self.by_units[later]
        squares += seeds * (self.by_seeds[first] - self.by_seeds[later])
        squares *= squares
        variance = np.multiply.outer(by_units.astype(np.float32), self.looseness)
        variance += seeds * (self.spread[first] + self.spread[later])
        squares /= np.maximum(variance, np.finfo(np.float32).tiny)
        return squares


def draw(parts: Components, spread: Moderated, moderated: Callable[[Array], Moderated], draws: int) -> Drawn:
    """Return draws of the means of contenders like these, were all equal; the same ones each time.

    Means have the covariance that units give them and the variance that seeds give them; variances of seeds
    are drawn with their degrees of freedom, and `moderated` as the real ones were.
    """
    random = np.random.default_rng(0)
    shape = (len(parts.means), draws)
    by_units = _root(parts.covariance + np.diag(pseudo(parts))) @ random.standard_normal(shape)
    own = seed_variances(parts, spread.variances)
    by_seeds = np.sqrt(own)[:, None] * random.standard_normal(shape)
    freedom = np.maximum(spread.freedom, 1)
    chance = random.chisquare(freedom, (draws, shape[0])) / freedom
    redrawn = moderated(np.maximum(spread.variances, parts.interaction) * chance)
    estimated = seed_variances(parts, redrawn.variances).T
    looseness = random.chisquare(unit_freedom(parts), draws) / unit_freedom(parts)
    single = (each.astype(np.float32) for each in (by_units, by_seeds, estimated, looseness))
    return Drawn(*single, parts.steady)


def _root(covariance: Array) -> Array:
    """Return a matrix that times its transpose is the covariance; it changes little where that does."""
    own = covariance.diagonal()
    some = 1e-10 * own + 1e-13 * own.max() + np.finfo(float).tiny
    root: Array = np.linalg.cholesky(covariance + np.diag(some))
    return root
