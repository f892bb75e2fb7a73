"""Simulated: intervals of figures that are no means cover what they should, as often as they should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bench.statistics import Scores, jackknife, judge

Array = NDArray[Any]
Figure = Callable[[Array], Array]

ROWS = 2


def latent(random: np.random.Generator, examples: int, seeds: int, spread: float) -> Array:
    """How well rows that are equally good do on each example, `[rows, seeds, examples]`.

    Examples are hard for all, or for one of the rows; seeds are good on all examples, or on one of them.
    """
    by_example = 0.7 * random.normal(size=examples)
    by_row = 0.3 * random.normal(size=(ROWS, 1, examples))
    by_seed = spread * random.normal(size=(ROWS, seeds, 1))
    return by_example + by_row + by_seed + 0.65 * random.normal(size=(ROWS, seeds, examples))


def macro_f1(random: np.random.Generator, skill: Array) -> tuple[Array, Figure]:
    """Ten classes, of which the most frequent is 90 times as frequent as the rarest."""
    shares = np.exp(-0.5 * np.arange(10))
    target = random.choice(10, skill.shape[-1], p=shares / shares.sum())
    right = skill > -0.84  # four of five
    guess = np.where(right, target, (target + random.integers(1, 10, skill.shape)) % 10)
    one_hot = np.eye(10)
    hits, both = one_hot[target] * right[..., None], one_hot[target] + one_hot[guess]
    return np.concatenate([hits, both], axis=-1), lambda sums: mean_ratio(2 * sums[:10], sums[10:])


def mean_iou(random: np.random.Generator, skill: Array) -> tuple[Array, Figure]:
    """Eleven classes, which occur in nine to one of ten images."""
    occurs = random.random((skill.shape[-1], 11)) < np.linspace(0.9, 0.1, 11)
    size = occurs * random.lognormal(0, 1, occurs.shape)
    found = 1 / (1 + np.exp(-(1 + skill[..., None] + 0.5 * random.normal(size=(*skill.shape, 11)))))
    return np.concatenate([size * found, size * (2 - found)], axis=-1), lambda sums: mean_ratio(
        sums[:11], sums[11:]
    )


def bleu(random: np.random.Generator, skill: Array) -> tuple[Array, Figure]:
    """Matches of one to four words, and the brevity penalty (Papineni et al. 2002)."""
    reference = np.broadcast_to(random.integers(5, 40, skill.shape[-1]), skill.shape)
    length = np.maximum(reference + random.integers(-3, 3, skill.shape), 4)
    counts = np.maximum(length[..., None] - np.arange(4), 1)
    chance = 1 / (1 + np.exp(-0.5 - skill[..., None]))
    matches = random.binomial(counts, 0.9 * chance ** np.arange(1, 5))
    return np.concatenate([matches, counts, length[..., None], reference[..., None]], axis=-1), of_matches


def of_matches(sums: Array) -> Array:
    brevity = np.minimum(1, np.exp(1 - sums[9] / sums[8]))
    return np.asarray(brevity * np.exp(np.log(sums[:4] / sums[4:8]).mean()))


def mean_ratio(parts: Array, wholes: Array) -> Array:
    return np.asarray((parts[wholes > 0] / wholes[wholes > 0]).mean())


def scores(statistics: Array, figure: Figure) -> Scores:
    """What a row scored, of its statistics `[seeds, examples, ...]`."""

    def compute(of_seed: Array) -> Callable[[Array], float]:
        return lambda weights: float(figure(weights @ of_seed))

    count = statistics.shape[1]
    units = [jackknife(compute(of_seed), count) for of_seed in statistics]
    means = [compute(of_seed)(np.ones(count)) for of_seed in statistics]
    return Scores(np.array(means), np.array(units))


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize(("examples", "trials"), [(200, 400), (2000, 150)])
@pytest.mark.parametrize("world", [macro_f1, mean_iou, bleu])
def test_intervals_of_a_difference_cover_it(world: Any, examples: int, trials: int, seeds: int) -> None:
    random = np.random.default_rng(0)
    covered = 0
    for trial in range(trials):
        skill = latent(random, examples, seeds, spread=0.07 * (trial % 2))
        found = judge([scores(*row) for row in rows(*world(random, skill))]).comparison(0, 1)
        covered += found.low <= 0 <= found.high
    # What so many trials may show of a coverage of 94 to 98 %.
    low, high = stats.binom.ppf(0.01, trials, 0.94), stats.binom.ppf(0.99, trials, 0.98)
    assert low <= covered <= high


def rows(statistics: Array, figure: Figure) -> list[tuple[Array, Figure]]:
    return [(of_row.astype(np.float64), figure) for of_row in statistics]
