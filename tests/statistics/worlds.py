"""Contenders whose true scores are known: right or wrong by example, with seeds that differ in how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from bench.statistics import Scores

Array = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A probit model of being right: difficulty of the example, taste of the contender, chance of each training.

    Variances of `shared` and `own` are by example, of all contenders and of one; that of chance is one less
    both. `level` is the true accuracy of a contender, `seeds` the spread of seeds in accuracy.
    """

    examples: int
    shared: float = 0.6
    own: float = 0.1

    def contenders(
        self, levels: Sequence[float], seeds: int, spreads: Sequence[float], random: np.random.Generator
    ) -> list[Scores]:
        """Return one contender for each true level and spread."""
        difficulty = sqrt(self.shared) * random.standard_normal(self.examples)
        return [
            self._contender(difficulty, level, seeds, spread, random)
            for level, spread in zip(levels, spreads, strict=True)
        ]

    def _contender(
        self, difficulty: Array, level: float, seeds: int, spread: float, random: np.random.Generator
    ) -> Scores:
        by_seed = spread / np.exp(-0.5 * ndtri(level) ** 2) * sqrt(2 * np.pi)
        # Accuracy of a seed is Phi(centre + by_seed * z); its mean over seeds is to be the level.
        centre = ndtri(level) * sqrt(1 + by_seed**2)
        taste = sqrt(self.own) * random.standard_normal(self.examples)
        chance = sqrt(1 - self.shared - self.own) * random.standard_normal((seeds, self.examples))
        shift = by_seed * random.standard_normal((seeds, 1))
        right = (centre + shift + difficulty + taste + chance > 0).astype(float)
        return Scores(right.mean(axis=1), right)
