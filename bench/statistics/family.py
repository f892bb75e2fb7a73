"""Contenders compared with each other, so that all statements hold together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from ..api.comparison import Basis, Comparison, Interval, Need
from .answers import Answers, Terms
from .components import components
from .drawn import draw, draw_errors
from .largest import Bound, Chance, Single, largest
from .means import mean_interval
from .moderation import Moderated, moderate, unmoderated
from .needs import need
from .pairs import Pairs, seed_doubts, seed_variances
from .scores import Array, Scores
from .winner import chosen_again, flattery

RUNS = 5
"""With fewer runs of equal cells than these nothing is concluded about speed."""
MOST_DRAWS, LEAST_DRAWS, WORK = 4000, 400, 40_000_000
"""How many draws there are: the most, the least, and how many differences all may have together."""
BLOCK = 100_000
"""How many pairs are looked at together: what is known of them fits the processor's cache."""
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

    @cached_property
    def ranks(self) -> Sequence[tuple[int, int]]:
        """The first and last place, from 1, that each contender may truly have; right for all together."""
        count = len(self._order)
        first, last = np.ones(count, int), np.full(count, count)
        for found in self._all():
            surely = found.different & (found.pairs.difference > 0)
            first[found.pairs.second] += surely.sum(axis=0)
            last[found.pairs.first] -= surely.sum(axis=1)
        places = [self._place[at] for at in range(count)]
        return [(int(first[place]), int(last[place])) for place in places]

    @property
    def better(self) -> Array:
        """Whether each contender is surely better than each other, `[K, K]`: the answer `better` to it."""
        count = len(self._order)
        better, order = np.zeros((count, count), bool), np.array(self._order)
        for found in self._all():
            better[np.ix_(order[found.pairs.first], order[found.pairs.second])] = found.better
        return better

    def alike(self, at: int) -> bool:
        """Tell whether all seeds of a contender, two or more, gave the same to the last example."""
        return bool(self._parts.alike[self._place[at]])

    def interval(self, at: int) -> Interval | None:
        """Return the interval of one contender's mean, by itself; None where it cannot be told."""
        place, confidence = self._place[at], 1 - self._alpha
        by_seeds, doubts = self._seeds
        bounds = mean_interval(self._parts, place, float(by_seeds[place]), float(doubts[place]), confidence)
        return Interval(*bounds, confidence, self._basis(place)) if bounds else None

    def comparison(self, first: int, second: int) -> Comparison:
        """Return what one contender is to another; in the unit of the scores."""
        return self._against(first, [second])[0]

    def against_others(self, first: int) -> list[Comparison]:
        """Return what one contender is to each other, in their order; in the unit of the scores."""
        return self._against(first, [at for at in range(len(self._order)) if at != first])

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

    def _against(self, first: int, others: Sequence[int]) -> list[Comparison]:
        place, places = self._place[first], [self._place[other] for other in others]
        found = self._answers(np.array([place]), np.array(places, int))
        return [self._comparison(found, (0, at), (place, other)) for at, other in enumerate(places)]

    def _comparison(self, found: Answers, at: tuple[int, int], places: tuple[int, int]) -> Comparison:
        difference, half, answer = float(found.pairs.difference[at]), float(found.half[at]), found.of(at)
        basis = self._basis(*places)
        return Comparison(
            difference=difference,
            low=difference - half,
            high=difference + half,
            p=float(found.p[at]),
            answer=answer,
            basis=basis,
            need=self._need(found, at, places, basis) if answer == "undecided" else None,
        )

    def _need(self, found: Answers, at: tuple[int, int], places: tuple[int, int], basis: Basis) -> Need:
        if basis == "networks":
            return Need()
        left, by_seed, freedom = (float(each[at]) for each in found.pairs.remaining)
        gap, critical = float(found.pairs.difference[at]), float(found.critical[at])
        return need(gap, left, by_seed, freedom, critical, int(self._parts.seeds[[*places]].min()))

    @cached_property
    def _seeds(self) -> tuple[Array, Array]:
        """The variance of each mean that fresh seeds cause, and how uncertain that is, `[K]` each."""
        return seed_variances(self._parts, self._spread.variances), seed_doubts(self._parts, self._spread)

    def _moderated(self) -> Moderated:
        """Return the spreads over seeds, moderated by kind; those over runs are as they are."""
        spread, freedom = self._parts.spread, self._parts.seeds - 1
        if self._runs:
            return unmoderated(spread, freedom)
        _, kinds = np.unique([each.kind for each in self._contenders], return_inverse=True)
        return moderate(spread, freedom, kinds)

    def _blocks(self) -> Iterator[tuple[Array, Array]]:
        """Give all pairs, the higher mean first, as some rows and the columns from the first of these on."""
        every = np.arange(len(self._order))
        rows = max(1, BLOCK // len(every))
        for start in range(0, len(every), rows):
            yield every[start : start + rows], every[start:]

    def _all(self) -> Iterator[Answers]:
        """Give the answers about all pairs, block by block, so that millions take little memory."""
        return (self._answers(*at) for at in self._blocks())

    def _answers(self, first: Array, second: Array) -> Answers:
        return Answers(self._pairs(first, second), self._terms)

    def _pairs(self, first: Array, second: Array) -> Pairs:
        return Pairs(self._parts, self._spread, first, second)

    @cached_property
    def _terms(self) -> Terms:
        return Terms(self._chance(), self._margin, self._alpha, RUNS if self._runs else 2)

    def _chance(self) -> Chance:
        """Return how large statistics become by chance: the largest of all, or each by itself."""
        count = len(self._order)
        if not self._together or count <= 2:
            return Single()
        if count > MOST_CONTENDERS or self._parts.common is not None:
            return Bound(max(1, sum(int(np.triu(self._pairs(*at).varied, 1).sum()) for at in self._blocks())))
        every = np.arange(count)
        draws = int(np.clip(WORK // (count * (count - 1) // 2), LEAST_DRAWS, MOST_DRAWS))
        return largest(self._pairs(every, every), draw(self._parts, self._spread, draws))


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
