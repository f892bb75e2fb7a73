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

    def between(self, first: Array, second: Array) -> CommonDraws:
        """Return those of R contenders with C others, `[R, C]`."""
        at = np.ix_(first, second)
        return CommonDraws(self.paired[at], self.spread[at], self.interaction[at], self.number[at])

    @property
    def variance(self) -> Array:
        """The variance of the difference that fresh draws cause."""
        variance: Array = np.maximum(self.spread - self.interaction, 0.0) / self._at_least_one
        return variance

    @property
    def by_both(self) -> Array:
        """The variance of the difference that comes from draws differing by example."""
        by_both: Array = self.interaction / self._at_least_one
        return by_both

    @property
    def doubt(self) -> Array:
        """How uncertain the variance that draws give is."""
        doubt: Array = (self.spread / self._at_least_one) ** 2 / self.freedom
        return doubt

    @property
    def freedom(self) -> Array:
        """The degrees of freedom of `spread`."""
        freedom: Array = np.maximum(self.number - 1, 1)
        return freedom

    @property
    def _at_least_one(self) -> Array:
        number: Array = np.maximum(self.number, 1)
        return number


def common_draws(contenders: Sequence[Scores], crossed: bool) -> CommonDraws | None:
    """Return how differences vary over common draws, None where no two contenders have any.

    crossed: draws are crossed with units, which all contenders have.
    """
    groups: dict[tuple[Hashable, ...], list[int]] = {}
    for at, each in enumerate(contenders):
        groups.setdefault(each.draws, []).append(at)
    common = {draws: at for draws, at in groups.items() if len(draws) > 1 and len(at) > 1}
    if not common:
        return None
    shape = len(contenders), len(contenders)
    found = CommonDraws(np.zeros(shape, bool), np.zeros(shape), np.zeros(shape), np.zeros(shape))
    for draws, members in common.items():
        every, pairs = np.arange(len(members)), np.ix_(members, members)
        group = [contenders[member] for member in members]
        found.paired[pairs] = np.not_equal.outer(every, every)
        found.number[pairs] = len(draws)
        found.spread[pairs] = differences(np.cov([each.means for each in group]), every, every)
        if crossed:
            found.interaction[pairs] = differences(_interaction(group), every, every)
    return found


def differences(covariance: Array, first: Array, second: Array) -> Array:
    """Return the variance of the difference of each two, `[R, C]`; 0 between two that never differ."""
    own = covariance.diagonal()
    both = np.add.outer(own[first], own[second])
    between: Array = both - 2 * covariance[np.ix_(first, second)]
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
