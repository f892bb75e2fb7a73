"""Spreads over few seeds, steadied by those of contenders of the same kind.

Smyth, "Linear models and empirical Bayes methods for assessing differential expression" (2004): the variances
of a kind are taken to be drawn from a scaled inverse chi-square distribution, which is fitted by the moments
of their logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, polygamma

from .scores import Array

LEAST = 0.01
"""Below this part of the mean a variance counts as this part: it is a tie of rounded figures."""


@dataclass(frozen=True)
class Moderated:
    """Variances of K contenders, in any number of draws.

    variances: `[..., K]`. freedom: the degrees of freedom of each one's own, `[K]`. prior: how many more the
    kind lends it, `[..., K]`, infinite where all of a kind vary alike. pool: those of the whole kind, `[K]`.
    kinds: a number for each kind, `[K]`.
    """

    variances: Array
    freedom: Array
    prior: Array
    pool: Array
    kinds: Array

    @property
    def share(self) -> Array:
        """What part of each variance the kind lends, `[..., K]`."""
        share: Array = 1 - self.freedom / np.maximum(self.freedom + self.prior, 1)
        return share


def moderate(variances: Array, freedom: Array, kinds: Array) -> Moderated:
    """Return variances, `[..., K]`, moderated within each kind; those without degrees of freedom stay."""
    result, prior, pool = variances.copy(), np.zeros_like(variances), freedom.astype(float)
    for kind in np.unique(kinds):
        members = np.flatnonzero((kinds == kind) & (freedom > 0))
        if len(members) > 1:
            result[..., members], prior[..., members] = _squeezed(variances[..., members], freedom[members])
            pool[members] = freedom[members].sum()
    return Moderated(result, freedom, prior, pool, kinds)


def unmoderated(variances: Array, freedom: Array) -> Moderated:
    """Return variances as they are."""
    kinds = np.arange(len(freedom))
    return Moderated(variances, freedom, np.zeros_like(variances), freedom.astype(float), kinds)


def _squeezed(variances: Array, freedom: Array) -> tuple[Array, Array]:
    """Return the moderated variances of one kind, and the degrees of freedom that it lends, `[..., R]`.

    Where spreads are unlike, the larger of a contender's own and the moderated one counts: a contender that
    varies much gains no certainty from others that do not.
    """
    prior, typical = _fitted(variances, freedom)
    pooled = (variances @ freedom / freedom.sum())[..., None]
    with np.errstate(invalid="ignore"):
        between = (prior * typical + freedom * variances) / (prior + freedom)
    moderated = np.where(np.isinf(prior), pooled, np.maximum(variances, between))
    return moderated, np.broadcast_to(prior, variances.shape)


def _fitted(variances: Array, freedom: Array) -> tuple[Array, Array]:
    """Return the degrees of freedom of the prior distribution and its typical variance, `[..., 1]` each."""
    half = freedom / 2
    least = np.maximum(LEAST * variances.mean(axis=-1, keepdims=True), np.finfo(float).tiny)
    logs = np.log(np.maximum(variances, least)) - digamma(half) + np.log(half)
    excess = logs.var(axis=-1, ddof=1, keepdims=True) - polygamma(1, half).mean()
    prior = np.full_like(excess, np.inf)
    prior[excess > 0] = 2 * _inverse_trigamma(excess[excess > 0])
    with np.errstate(invalid="ignore"):
        typical = np.exp(logs.mean(axis=-1, keepdims=True) + digamma(prior / 2) - np.log(prior / 2))
    return prior, typical


def _inverse_trigamma(values: Array) -> Array:
    """Return where the trigamma function has these values, by a fine table: there may be many draws."""
    at = np.geomspace(1e-8, 1e8, 4000)
    found: Array = np.exp(np.interp(-np.log(values), -np.log(polygamma(1, at)), np.log(at)))
    return found
