"""The contender that was chosen for its mean: what it owes to that, and how often others would be."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from math import sqrt

import numpy as np

from .scores import Array, Scores

BLOCK = 64
"""Of how many contenders the units are weighted at a time."""


def flattery(means: Array, errors: Array) -> float:
    """Return by how much the largest of some means is expected to exceed its true value.

    errors: draws of how far the means are off, `[K, draws]`. They are added to values that vary as the true
    ones are expected to, which is less than the means do (Louis 1984). So a winner among equals loses what
    chance gave it, and one that is far ahead next to nothing.
    """
    if len(means) == 1:
        return 0.0
    centre = means.mean()
    by_chance = (errors - errors.mean(axis=0)).var(axis=1).sum() / (len(means) - 1)
    seen = means.var(ddof=1)
    kept = sqrt(max(0.0, 1 - by_chance / seen)) if seen > 0 else 0.0
    drawn = centre + kept * (means - centre)[:, None] + errors
    at = drawn.argmax(axis=0)
    return float(errors[at, np.arange(errors.shape[1])].mean())


def chosen_again(contenders: Sequence[Scores], crossed: bool, draws: int) -> Array:
    """Return how often each contender is the first in resamples of seeds and, if crossed, of units, `[K]`.

    Units weigh the same for all contenders, as in Rubin's Bayesian bootstrap (1981), and seeds for those that
    they gave the same training examples. Who are equal share.
    """
    random = np.random.default_rng(0)
    drawn = np.empty((draws, len(contenders)))
    seeds = _reweighted(contenders, draws, random) if crossed else _as_they_are(contenders, draws)
    weights: dict[Hashable, Array] = {}
    for at, (each, by_seed) in enumerate(zip(contenders, seeds, strict=True)):
        common = each.draws or at
        if common not in weights:
            weights[common] = _seed_weights(len(each.means), draws, random)
        drawn[:, at] = _resampled(by_seed, weights[common])
    first = drawn == drawn.max(axis=1, keepdims=True)
    often: Array = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
    return often


def _as_they_are(contenders: Sequence[Scores], draws: int) -> Iterator[Array]:
    for each in contenders:
        yield np.broadcast_to(each.means, (draws, len(each.means)))


def _reweighted(contenders: Sequence[Scores], draws: int, random: np.random.Generator) -> Iterator[Array]:
    """Give the means over units by seed, `[draws, S]`, of each contender; some at a time, which is faster."""
    examples = [each.examples for each in contenders if each.examples is not None]
    weights = random.standard_exponential((draws, examples[0].shape[1]), dtype=np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    for start in range(0, len(examples), BLOCK):
        block = examples[start : start + BLOCK]
        means = weights @ np.concatenate(block, dtype=np.float32).T
        yield from np.split(means, np.cumsum([len(each) for each in block])[:-1], axis=1)


def _seed_weights(seeds: int, draws: int, random: np.random.Generator) -> Array:
    """Return how often each of some seeds is in resamples of as many, as a share, `[draws, S]`."""
    if seeds == 1:
        return np.ones((draws, 1))
    weights: Array = random.multinomial(seeds, np.full(seeds, 1 / seeds), draws) / seeds
    return weights


def _resampled(by_seed: Array, weights: Array) -> Array:
    """Return the weighted mean over seeds, of each draw; both are `[draws, S]`.

    They are spread by S / (S - 1) in variance, by which resamples of S seeds vary less than seeds do.
    """
    seeds = by_seed.shape[1]
    centre: Array = by_seed.mean(axis=1)
    if seeds > 1:
        centre += ((weights * by_seed).sum(axis=1) - centre) * sqrt(seeds / (seeds - 1))
    return centre
