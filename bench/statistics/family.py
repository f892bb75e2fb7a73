"""Contenders compared with each other, so that all statements hold together."""

from __future__ import annotations

from collections.abc import Sequence

from ..api.comparison import Comparison, Interval
from .scores import Array, Scores


class Family:
    """Some contenders, compared; see `judge`."""

    @property
    def order(self) -> Sequence[int]:
        """The positions of the contenders, the highest mean first."""
        raise NotImplementedError

    @property
    def ranks(self) -> Sequence[tuple[int, int]]:
        """The first and last place, from 1, that each contender may truly have; right for all together."""
        raise NotImplementedError

    def alike(self, at: int) -> bool:
        """Tell whether all seeds of a contender, two or more, gave the same to the last example."""
        raise NotImplementedError

    def interval(self, at: int) -> Interval | None:
        """Return the interval of one contender's mean, by itself; None where it cannot be told."""
        raise NotImplementedError

    def comparison(self, first: int, second: int) -> Comparison:
        """Return what one contender is to another; in the unit of the scores."""
        raise NotImplementedError

    def corrected(self, at: int) -> float:
        """Return the mean of the contender that was chosen for its mean, without what it owes to that."""
        raise NotImplementedError

    def chosen_again(self, draws: int = 1000) -> Array:
        """Return how often each contender would be the first in resamples of seeds and units, `[K]`."""
        raise NotImplementedError


def judge(
    contenders: Sequence[Scores], *, margin: float = 0.0, alpha: float = 0.05, runs: bool = False
) -> Family:
    """Return how contenders compare.

    margin: within what difference two are the same (two one-sided tests); 0 asks for no such answer.
    alpha: how often any statement may be wrong. runs: the means are of runs of equal cells, not of seeds; a
    conclusion needs five of them or more.
    """
    raise NotImplementedError
