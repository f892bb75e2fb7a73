"""Contenders compared with each other, so that all statements hold together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ..api.comparison import Basis, Comparison, Interval, Need
from .answers import Answers, answers
from .components import components
from .drawn import draw, draw_errors
from .largest import Bound, Largest, Single, largest
from .means import mean_interval
from .moderation import Moderated, moderate, unmoderated
from .needs import need
from .pairs import Pairs, pairs, remaining
from .scores import Array, Scores
from .winner import chosen_again, flattery

RUNS = 5
"""With fewer runs of equal cells than these nothing is concluded about speed."""
MOST_DRAWS, LEAST_DRAWS, WORK = 4000, 400, 40_000_000
"""How many draws there are: the most, the least, and how many differences all may have together."""
MOST_CONTENDERS = 400
"""Of more than these the largest statistic is bounded, not drawn: that costs little power, and much time.

So it is of contenders with common draws, whose errors over seeds are not drawn together.
"""


class Family:
    """Some contenders, compared; see `judge`.

    Within, contenders are sorted by their means, so that nothing hangs on the order in which they are given.
    """

    def __init__(
        self, contenders: Sequence[Scores], margin: float, alpha: float, runs: bool, together: bool
    ) -> None:
        means = [float(np.mean(each.means)) for each in contenders]
        self._order = sorted(range(len(means)), key=lambda at: -means[at])
        self._place = {at: place for place, at in enumerate(self._order)}
        self._contenders = [contenders[at] for at in self._order]
        self._margin, self._alpha, self._runs = margin, alpha, runs
        self._together = together
        self._parts = components(self._contenders)
        self._spread = self._moderated()

    @property
    def order(self) -> Sequence[int]:
        """The positions of the contenders, the highest mean first."""
        return self._order

    @property
    def ranks(self) -> Sequence[tuple[int, int]]:
        """The first and last place, from 1, that each contender may truly have; right for all together."""
        surely = self._answers.different & (self._pairs.difference > 0)
        first, last = 1 + surely.sum(axis=0), len(surely) - surely.sum(axis=1)
        places = [self._place[at] for at in range(len(surely))]
        return [(int(first[place]), int(last[place])) for place in places]

    @property
    def better(self) -> Array:
        """Whether each contender is surely better than each other, `[K, K]`: the answer `better` to it."""
        answers, places = self._answers, [self._place[at] for at in range(len(self._order))]
        found: Array = answers.different & ~answers.same & (self._pairs.difference > 0)
        return found[np.ix_(places, places)]

    def alike(self, at: int) -> bool:
        """Tell whether all seeds of a contender, two or more, gave the same to the last example."""
        return bool(self._parts.alike[self._place[at]])

    def interval(self, at: int) -> Interval | None:
        """Return the interval of one contender's mean, by itself; None where it cannot be told."""
        place, confidence = self._place[at], 1 - self._alpha
        bounds = mean_interval(self._parts, self._spread, place, confidence)
        return Interval(*bounds, confidence, self._basis(place)) if bounds else None

    def comparison(self, first: int, second: int) -> Comparison:
        """Return what one contender is to another; in the unit of the scores."""
        at = self._place[first], self._place[second]
        difference, half = float(self._pairs.difference[at]), float(self._answers.half[at])
        answer = self._answers.of(at, difference)
        return Comparison(
            difference=difference,
            low=difference - half,
            high=difference + half,
            p=float(self._answers.p[at]),
            answer=answer,
            basis=self._basis(*at),
            need=self._need(at) if answer == "undecided" else None,
        )

    def corrected(self, at: int) -> float:
        """Return the mean of the contender that was chosen for its mean, without what it owes to that."""
        means, errors = self._parts.means, draw_errors(self._parts, self._spread, MOST_DRAWS)
        return float(means[self._place[at]]) - flattery(means, errors)

    def chosen_again(self, draws: int = 1000) -> Array:
        """Return how often each contender would be the first in resamples of seeds and units, `[K]`."""
        found = np.empty(len(self._order))
        found[self._order] = chosen_again(self._contenders, self._parts.units > 0, draws)
        return found

    def _basis(self, *places: int) -> Basis:
        if not self._parts.units:
            return "runs" if self._runs else "seeds"
        return "recipe" if self._parts.steady[[*places]].all() else "networks"

    def _need(self, at: tuple[int, int]) -> Need:
        if self._basis(*at) == "networks":
            return Need()
        parts = self._parts.of(at)
        left, by_seed, freedom = remaining(parts, self._spread.of(at))
        seeds = int(parts.seeds.min())
        gap, critical = float(self._pairs.difference[at]), float(self._answers.critical[at])
        return need(gap, left, by_seed, freedom, critical, seeds)

    def _moderated(self) -> Moderated:
        """Return the spreads over seeds, moderated by kind; those over runs are as they are."""
        spread, freedom = self._parts.spread, self._parts.seeds - 1
        if self._runs:
            return unmoderated(spread, freedom)
        _, kinds = np.unique([each.kind for each in self._contenders], return_inverse=True)
        return moderate(spread, freedom, kinds)

    @cached_property
    def _pairs(self) -> Pairs:
        return pairs(self._parts, self._spread)

    def _chance(self) -> Largest | Single | Bound:
        """Return how large statistics become by chance: the largest of all, or each by itself."""
        if not self._together:
            return Single(self._pairs.freedom)
        count, drawn = len(self._order), None
        if 2 < count <= MOST_CONTENDERS and not self._parts.common.paired.any():
            draws = int(np.clip(WORK // (count * (count - 1) // 2), LEAST_DRAWS, MOST_DRAWS))
            drawn = draw(self._parts, self._spread, draws)
        return largest(self._pairs, drawn)

    @cached_property
    def _answers(self) -> Answers:
        chance = self._chance()
        least = RUNS if self._runs else 2
        return answers(self._pairs, self._parts, chance, margin=self._margin, alpha=self._alpha, least=least)


def judge(
    contenders: Sequence[Scores],
    *,
    margin: float = 0.0,
    alpha: float = 0.05,
    runs: bool = False,
    together: bool = True,
) -> Family:
    """Return how contenders compare.

    margin: within what difference two are the same (two one-sided tests); 0 asks for no such answer.
    alpha: how often any statement may be wrong. runs: the means are of runs of equal cells, not of seeds; a
    conclusion needs five of them or more. together: all pairs hold together; if not, each may be wrong in
    alpha of all cases by itself, and who asks for many must adjust for that.
    """
    return Family(contenders, margin, alpha, runs, together)
