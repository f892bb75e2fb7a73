"""Pairs of contenders whose seeds chose the same training examples, and so are good or bad together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from .scores import Array, Scores

ROUNDING = 1e-8
"""A variance of differences below this part of those of the two is a rounding error."""


@dataclass(frozen=True)
class CommonDraws:
    """How the differences of K contenders vary over draws of training examples, `[K, K]`.

    paired: whether both had the same draws, two or more. spread: the variance of the difference of the means
    between draws. interaction: the part of it that comes from draws differing by example, and goes with more
    examples. number: how many draws. All but `paired` are 0 where two are not paired.
    """

    paired: Array
    spread: Array
    interaction: Array
    number: Array

    def of(self, places: Sequence[int]) -> CommonDraws:
        """Return those of some contenders alone."""
        at = np.ix_(places, places)
        return CommonDraws(self.paired[at], self.spread[at], self.interaction[at], self.number[at])

    @property
    def variance(self) -> Array:
        """The variance of the difference that fresh draws cause."""
        variance: Array = np.maximum(self.spread - self.interaction, 0.0) / np.maximum(self.number, 1)
        return variance

    @property
    def freedom(self) -> Array:
        """The degrees of freedom of `spread`."""
        freedom: Array = np.maximum(self.number - 1, 1)
        return freedom


def common_draws(contenders: Sequence[Scores], crossed: bool) -> CommonDraws:
    """Return how differences vary over common draws; crossed: with units, which all contenders have."""
    groups: dict[tuple[Hashable, ...], list[int]] = {}
    for at, each in enumerate(contenders):
        groups.setdefault(each.draws, []).append(at)
    shape = len(contenders), len(contenders)
    found = CommonDraws(np.zeros(shape, bool), np.zeros(shape), np.zeros(shape), np.zeros(shape))
    for draws, members in groups.items():
        if len(draws) > 1 and len(members) > 1:
            pairs, group = np.ix_(members, members), [contenders[member] for member in members]
            found.paired[pairs] = ~np.eye(len(members), dtype=bool)
            found.number[pairs] = len(draws)
            found.spread[pairs] = differences(np.cov([each.means for each in group]))
            if crossed:
                found.interaction[pairs] = differences(_interaction(group))
    return found


def differences(covariance: Array) -> Array:
    """Return the variance of the difference of each two, `[K, K]`; 0 between two that never differ."""
    both = np.add.outer(covariance.diagonal(), covariance.diagonal())
    between: Array = both - 2 * covariance
    return np.where(between > ROUNDING * both, between, 0.0)


def _interaction(group: Sequence[Scores]) -> Array:
    """Return the covariance between draws of means over these units, were all equally good, `[K, K]`."""
    examples = [each.examples for each in group if each.examples is not None]
    draws, units = examples[0].shape
    averages = np.stack([each.mean(axis=0, dtype=np.float64) for each in examples])
    covariance = np.zeros((len(group), len(group)))
    for draw in range(draws):
        rest = np.stack([each[draw] for each in examples]) - averages
        rest -= rest.mean(axis=1, keepdims=True)
        covariance += rest @ rest.T
    covariance /= (draws - 1) * (units - 1) * units
    return covariance
