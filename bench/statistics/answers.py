"""What can be said of each pair, so that all of it holds together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from ..api.comparison import Answer
from .components import Components
from .largest import Bound, Largest, Single
from .pairs import Pairs, exact_ones
from .scores import Array


@dataclass(frozen=True)
class Answers:
    """The statements about all pairs of K contenders, `[K, K]` each; the first of a pair is the row.

    p: adjusted for all pairs. half: half the width of the interval of the difference; infinite where nothing
    is known. critical: what a difference must be in standard errors. different, same: whether they surely
    are; same within the margin. decidable: whether any outcome could have decided it.
    """

    p: Array
    half: Array
    critical: Array
    different: Array
    same: Array
    decidable: Array

    def of(self, at: tuple[int, int], difference: float) -> Answer:
        """Return the answer for one pair."""
        if not self.decidable[at]:
            return "undecidable"
        if self.same[at]:
            return "same"
        if self.different[at]:
            return "better" if difference > 0 else "worse"
        return "undecided"


def answers(
    pairs: Pairs,
    parts: Components,
    chance: Largest | Single | Bound,
    *,
    margin: float,
    alpha: float,
    least: int,
) -> Answers:
    """Return what can be said of each pair, from how large statistics become by chance.

    Two are the same within the margin by two one-sided tests (Schuirmann 1987), each at alpha. That is within
    alpha for all pairs too: where a pair is not the same, only one of its two sides can err. least: how many
    seeds or runs of both a conclusion needs.
    """
    p = np.where(pairs.known, chance.p(pairs.statistic), 1.0)
    critical = chance.critical(alpha)
    gap = np.abs(pairs.difference)
    half = np.where(pairs.known, critical * pairs.error, np.inf)
    # An exact test comes with no interval; this one must still say what the test says.
    half = np.where(p <= alpha, np.minimum(half, gap), np.maximum(half, gap))
    decidable = pairs.known & _reachable(parts, critical)
    if not parts.units:
        enough = parts.seeds >= least
        decidable &= np.logical_and.outer(enough, enough)
    same = np.zeros_like(decidable)
    if margin:
        same = decidable & (gap + chance.critical(min(2 * alpha, 1.0)) * pairs.error < margin)
    return Answers(p, half, critical, decidable & (p <= alpha), same, decidable)


def _reachable(parts: Components, critical: Array) -> Array:
    """Tell for which pairs the least p there could be, with all units on one side, is small enough."""
    largest = -ndtri(0.5 ** min(parts.units, 1000))
    exact = exact_ones(parts)
    reachable: Array = ~np.logical_and.outer(exact, exact) | (critical <= largest)
    return reachable
