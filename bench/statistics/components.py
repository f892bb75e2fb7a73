"""The components of variance of contenders whose seeds and units are crossed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .draws import CommonDraws, common_draws
from .scores import Array, Scores


@dataclass(frozen=True)
class Components:
    """The means of K contenders, and what makes them uncertain.

    means: `[K]`. alike: whether all seeds gave the same to the last example, `[K]`. seeds: how many count,
    `[K]`; one where all are alike. spread: the variance of the mean between seeds, `[K]`. interaction: the
    part of `spread` that comes from seeds differing by example, and goes with more examples, `[K]`.
    covariance: that of the means, seeds given, which the drawing of units causes, `[K, K]`. units: how many,
    0 where what they contribute is not known.
    common: how differences vary over seeds that chose the same training examples; None where none did.
    low, step: where each single contribution is one of two values, the lower and what it takes to the
    higher; a step of 0 where it is not so.
    """

    means: Array
    alike: Array
    seeds: Array
    spread: Array
    interaction: Array
    covariance: Array
    common: CommonDraws | None
    units: int = 0
    low: float = 0.0
    step: float = 0.0

    @property
    def steady(self) -> Array:
        """Whether it is known what another seed may give, `[K]`."""
        return self.alike | (self.seeds > 1)


def components(contenders: Sequence[Scores]) -> Components:
    """Return the components of variance of some contenders; by seeds alone unless all have their examples."""
    means = np.array([np.mean(each.means) for each in contenders])
    spread = np.array([_variance(each.means) for each in contenders])
    examples = [each.examples for each in contenders if each.examples is not None]
    crossed = len(examples) == len(contenders) and examples[0].shape[1] > 1
    common = common_draws(contenders, crossed)
    if not crossed:
        seeds = np.array([len(each.means) for each in contenders])
        none = np.zeros(len(contenders))
        between = np.broadcast_to(0.0, (len(none), len(none)))
        return Components(means, none > 0, seeds, spread, none, between, common)
    alike = np.array([len(each) > 1 and bool((each == each[0]).all()) for each in examples])
    seeds = np.where(alike, 1, [len(each) for each in examples])
    spread[alike] = 0.0
    units = examples[0].shape[1]
    averages, interaction = np.empty((len(examples), units)), np.empty(len(examples))
    for at, each in enumerate(examples):
        averages[at], interaction[at] = _over_seeds(each)
    covariance = averages @ averages.T / (units - 1) / units
    low, step = _two_values(examples)
    return Components(means, alike, seeds, spread, interaction, covariance, common, units, low, step)


def _variance(values: Array) -> float:
    return float(np.var(values, ddof=1)) if len(values) > 1 else 0.0


def _over_seeds(examples: Array) -> tuple[Array, float]:
    """Return what units contribute in the average over seeds, `[n]`, centred; and the interaction.

    The latter is the variance, between seeds, of the mean over these units, were all seeds equally good.
    """
    seeds, units = examples.shape
    centred = examples - examples.mean(axis=1, keepdims=True, dtype=np.float64)
    average: Array = centred.mean(axis=0)
    rest = float((centred**2).sum() - seeds * (average**2).sum())
    freedom = max((seeds - 1) * (units - 1), 1)
    return average, max(rest, 0.0) / freedom / units if seeds > 1 else 0.0


def _two_values(examples: Sequence[Array]) -> tuple[float, float]:
    """Return the lower of the two values that all contributions have, and the step to the higher.

    Where all are 1 or all are 0, it is taken that they could have been either: right or wrong.
    """
    low = min(float(each.min()) for each in examples)
    high = max(float(each.max()) for each in examples)
    if low == high and low in (0.0, 1.0):
        return 0.0, 1.0
    if all(bool(((each == low) | (each == high)).all()) for each in examples):
        return low, high - low
    return low, 0.0
