"""Draws of what a family of contenders would have shown, had chance alone been at work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .components import Components
from .moderation import Moderated
from .pairs import pseudo, seed_variances, unit_freedom
from .posterior import likely_spreads
from .scores import Array


@dataclass(frozen=True)
class Drawn:
    """Draws of the means of K equal contenders, `[K, draws]`.

    by_units, by_seeds: what units and what seeds add to a mean. looseness: the estimated variance over units
    by the true one, `[draws]`. steady: `[K]`.
    """

    by_units: Array
    by_seeds: Array
    looseness: Array
    steady: Array

    def squares(self, first: int, by_units: Array, by_seeds: Array) -> Array:
        """Return the squared statistics of a contender against all later ones, `[later, draws]`.

        by_units, by_seeds: the parts of the variances of these differences, `[later]`.
        """
        later = slice(first + 1, None)
        squares: Array = self.by_seeds[first] - self.by_seeds[later]
        squares[~(self.steady[first] & self.steady[later])] = 0.0
        variance = by_seeds[:, None]
        if by_units.any():
            squares += self.by_units[first] - self.by_units[later]
            variance = variance + np.multiply.outer(by_units, self.looseness)
        squares *= squares
        squares /= np.maximum(variance, np.finfo(float).tiny)
        return squares


def draw(parts: Components, spread: Moderated, draws: int) -> Drawn:
    """Return draws of the means of contenders like these, were all equal; the same ones each time.

    Means have the covariance that units give them, and the variance that seeds give them: not the one that
    was seen over few, but draws of what it may truly be.
    """
    random = np.random.default_rng(0)
    shape = (len(parts.means), draws)
    by_units = _root(parts.covariance + np.diag(pseudo(parts))) @ random.standard_normal(shape)
    likely = likely_spreads(parts.spread, spread, draws, random)
    by_seeds = np.sqrt(seed_variances(parts, likely.T).T) * random.standard_normal(shape)
    looseness = random.chisquare(unit_freedom(parts), draws) / unit_freedom(parts)
    return Drawn(by_units, by_seeds, looseness, parts.steady)


def draw_errors(parts: Components, spread: Moderated, draws: int) -> Array:
    """Return draws of how far each mean is off, `[K, draws]`, by the moderated spreads over seeds.

    Those of contenders with common draws of training examples are off together.
    """
    by_seeds, common, random = seed_variances(parts, spread.variances), parts.common, np.random.default_rng(0)
    covariance = parts.covariance + np.diag(pseudo(parts) + by_seeds)
    if common is not None:
        together = np.add.outer(by_seeds, by_seeds) - common.variance
        covariance += np.where(common.paired, together / 2, 0.0)
    errors: Array = _root(covariance) @ random.standard_normal((len(by_seeds), draws))
    return errors


def _root(covariance: Array) -> Array:
    """Return a matrix that times its transpose is the covariance; it changes little where that does."""
    own = covariance.diagonal()
    some = 1e-10 * own + np.finfo(float).tiny
    try:
        root: Array = np.linalg.cholesky(covariance + np.diag(some))
    except np.linalg.LinAlgError:
        # What was estimated pair by pair need not be a covariance: this takes the nearest that is one.
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
    return root
