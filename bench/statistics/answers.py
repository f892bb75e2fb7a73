"""What can be said of each pair, so that all of it holds together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from ..api.comparison import Answer
from .largest import Chance
from .pairs import Pairs, exact_ones
from .scores import Array


@dataclass(frozen=True)
class Terms:
    """What decides: how large statistics become by chance, and what was asked for.

    margin: within what difference two are the same, 0 to ask for no such answer. alpha: how often any
    statement may be wrong. least: how many seeds or runs of both a conclusion needs.
    """

    chance: Chance
    margin: float
    alpha: float
    least: int


@dataclass(frozen=True)
class Answers:
    """The statements about pairs, `[R, C]` each, so that all hold together.

    Each is worked out when it is asked for: of millions of pairs most are only counted.
    """

    pairs: Pairs
    terms: Terms

    @cached_property
    def p(self) -> Array:
        """How often chance alone gives as much, adjusted for all pairs."""
        return np.where(self.pairs.known, self.terms.chance.p(self.pairs.statistic, self.pairs.freedom), 1.0)

    @cached_property
    def critical(self) -> Array:
        """What a difference must be in standard errors."""
        return self.terms.chance.critical(self.pairs.freedom, self.terms.alpha)

    @cached_property
    def half(self) -> Array:
        """Half the width of the interval of the difference; infinite where nothing is known."""
        half = np.where(self.pairs.known, self.critical * self.pairs.error, np.inf)
        # An exact test comes with no interval; this one must still say what the test says.
        gap = np.abs(self.pairs.difference)
        return np.where(self.p <= self.terms.alpha, np.minimum(half, gap), np.maximum(half, gap))

    @cached_property
    def decidable(self) -> Array:
        """Whether any outcome could have decided it."""
        decidable = self.pairs.known & self._reachable()
        parts = self.pairs.parts
        if not parts.units:
            enough = parts.seeds >= self.terms.least
            decidable &= np.logical_and.outer(enough[self.pairs.first], enough[self.pairs.second])
        return decidable

    @cached_property
    def different(self) -> Array:
        """Whether they surely are."""
        chance, pairs = self.terms.chance, self.pairs
        different: Array = self.decidable & chance.reached(pairs.statistic, pairs.freedom, self.terms.alpha)
        return different

    @cached_property
    def same(self) -> Array:
        """Whether they surely are the same within the margin.

        By two one-sided tests (Schuirmann 1987), each at alpha. That is within alpha for all pairs too: where
        a pair is not the same, only one of its two sides can err.
        """
        if not self.terms.margin:
            return np.zeros_like(self.decidable)
        critical = self.terms.chance.critical(self.pairs.freedom, min(2 * self.terms.alpha, 1.0))
        reach = np.abs(self.pairs.difference) + critical * self.pairs.error
        same: Array = self.decidable & (reach < self.terms.margin)
        return same

    @property
    def better(self) -> Array:
        """Whether the first is surely better: different, not the same within the margin, and ahead."""
        better: Array = self.different & ~self.same & (self.pairs.difference > 0)
        return better

    def of(self, at: tuple[int, int]) -> Answer:
        """Return the answer for one pair."""
        if not self.decidable[at]:
            return "undecidable"
        if self.same[at]:
            return "same"
        if self.different[at]:
            return "better" if self.pairs.difference[at] > 0 else "worse"
        return "undecided"

    def _reachable(self) -> Array | bool:
        """Tell for which pairs the least p there could be, with all units on one side, is small enough."""
        parts = self.pairs.parts
        exact = exact_ones(parts)
        if not exact.any():
            return True
        largest = -ndtri(0.5 ** min(parts.units, 1000))
        both = np.logical_and.outer(exact[self.pairs.first], exact[self.pairs.second])
        reachable: Array = ~both | (self.critical <= largest)
        return reachable
