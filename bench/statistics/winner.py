"""The contender that was chosen for its mean: what it owes to that, and how often others would be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .scores import Array, Scores


def flattery(means: Array, errors: Array) -> float:
    """Return by how much the largest of some means is expected to exceed its true value.

    errors: draws of how far the means are off, `[K, draws]`. The true values are taken to lie closer together
    than the means do, by as much as chance has pulled those apart.
    """
    centre = means.mean()
    by_chance = (errors - errors.mean(axis=0)).var(axis=1).sum() / (len(means) - 1)
    seen = means.var(ddof=1)
    kept = max(0.0, 1 - by_chance / seen) if seen > 0 else 0.0
    drawn = centre + kept * (means - centre)[:, None] + errors
    at = drawn.argmax(axis=0)
    return float(errors[at, np.arange(errors.shape[1])].mean())


def chosen_again(contenders: Sequence[Scores], crossed: bool, draws: int) -> Array:
    """Return how often each contender is the first in resamples of seeds and, if crossed, of units, `[K]`.

    Units weigh the same for all contenders, as in Rubin's Bayesian bootstrap (1981).
    """
    random = np.random.default_rng(0)
    units = contenders[0].examples.shape[1] if crossed and contenders[0].examples is not None else 0
    weights = random.standard_exponential((draws, units), dtype=np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    drawn = np.empty((draws, len(contenders)))
    for at, each in enumerate(contenders):
        known = each.examples is not None and units
        by_seed = weights @ each.examples.T if known else np.tile(each.means, (draws, 1))
        drawn[:, at] = _resampled(by_seed, random)
    first = drawn == drawn.max(axis=1, keepdims=True)
    return (first / first.sum(axis=1, keepdims=True)).mean(axis=0)


def _resampled(by_seed: Array, random: np.random.Generator) -> Array:
    """Return the mean of as many seeds, drawn with replacement, of each draw; `[draws, S]` to `[draws]`.

    Spread by S / (S - 1) in variance, by which resamples of S seeds vary less than seeds do.
    """
    draws, seeds = by_seed.shape
    centre = by_seed.mean(axis=1)
    if seeds == 1:
        return centre
    counts = random.multinomial(seeds, np.full(seeds, 1 / seeds), draws) / seeds
    return centre + ((counts * by_seed).sum(axis=1) - centre) * (seeds / (seeds - 1)) ** 0.5
