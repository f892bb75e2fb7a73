"""What the true spreads over seeds may be, given those that were seen over few.

The model is that of `moderation`; here its prior is not fitted but weighed, each by how well it explains the
spreads of a kind. So it counts that few spreads hardly tell whether all contenders vary alike.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from .moderation import Moderated
from .scores import Array

FREEDOMS = np.array([0.5, 1, 2, 4, 8, 16, 64, 1e4])
"""Degrees of freedom that a prior may have; with the last of these all vary alike."""
SIZES = np.geomspace(1e-3, 10, 300)
"""Typical variances that a prior may have, by the mean of those that were seen."""


def likely_spreads(seen: Array, spread: Moderated, draws: int, random: np.random.Generator) -> Array:
    """Return draws of the true variances over seeds, `[K, draws]`, from those that were seen, `[K]`."""
    freedom = np.maximum(spread.freedom, 1)
    found: Array = (seen * freedom)[:, None] / random.chisquare(freedom, (draws, len(seen))).T
    for kind in np.unique(spread.kinds):
        at = np.flatnonzero((spread.kinds == kind) & (spread.freedom > 0) & (spread.pool > spread.freedom))
        if len(at) and seen[at].any():
            prior, typical = _priors(seen[at], freedom[at], draws, random)
            total = prior + freedom[at, None]
            squares = prior * typical + (seen * freedom)[at, None]
            found[at] = squares / random.chisquare(total)
    return found


def _priors(seen: Array, freedom: Array, draws: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Return draws of the degrees of freedom and of the typical variance of the prior, `[draws]` each."""
    prior, typical = np.meshgrid(FREEDOMS, SIZES * seen.mean(), indexing="ij")
    fit = np.zeros_like(prior)
    for variance, own in zip(seen, freedom, strict=True):  # an F distribution, scaled
        fit += gammaln((own + prior) / 2) - gammaln(prior / 2) + own / 2 * np.log(own / (prior * typical))
        fit -= (own + prior) / 2 * np.log1p(own * variance / (prior * typical))
    weights = np.exp(fit - fit.max()).ravel()
    chosen = random.choice(weights.size, draws, p=weights / weights.sum())
    return prior.ravel()[chosen], typical.ravel()[chosen]
