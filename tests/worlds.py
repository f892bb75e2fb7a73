"""Contenders whose true scores are known: right or wrong by example, trained from seeds of unlike luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.statistics import Family, Scores, judge

Array = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A probit model of being right, by the sum of several normal deviates.

    examples: how many are drawn. levels: the true accuracies of contenders, over all examples and seeds there
    could be. spreads: the standard deviations of their seeds, in accuracy. seeds: how many of each.
    shared, own: variances of what makes an example hard for all, and for one contender; the chance of each
    single training has what is left of 1. kinds: whether contenders are of one kind, or each of its own.
    """

    examples: int
    levels: Sequence[float]
    spreads: Sequence[float]
    seeds: int = 3
    shared: float = 0.6
    own: float = 0.1
    kinds: bool = True

    def contenders(self, random: np.random.Generator) -> list[Scores]:
        """Return what the contenders scored, in one draw of everything."""
        hardness = sqrt(self.shared) * random.standard_normal(self.examples)
        return [self._contender(at, hardness, random) for at in range(len(self.levels))]

    def _contender(self, at: int, hardness: Array, random: np.random.Generator) -> Scores:
        level = stats.norm.ppf(self.levels[at])
        luck = self.spreads[at] / stats.norm.pdf(level)
        taste = sqrt(self.own) * random.standard_normal(self.examples)
        chance = sqrt(1 - self.shared - self.own) * random.standard_normal((self.seeds, self.examples))
        by_seed = luck * random.standard_normal((self.seeds, 1))
        # The deviates add up to a variance of 1 + luck^2, which makes the level exact.
        right = (level * sqrt(1 + luck**2) + by_seed + hardness + taste + chance > 0).astype(float)
        return Scores(right.mean(axis=1), right, "" if self.kinds else str(at))


def equals(count: int, examples: int, seeds: int, spread: float, level: float = 0.8) -> World:
    """Return a world of equal contenders."""
    return World(examples, [level] * count, [spread] * count, seeds)


def share(world: World, draws: int, holds: Callable[[Family, World], bool | float]) -> float:
    """Return how often something holds of the family that is judged in draws of a world."""
    random = np.random.default_rng(0)
    return float(np.mean([holds(judge(world.contenders(random)), world) for _ in range(draws)]))
