"""Breakdowns: figures of quality part by part, as by class, and which part was taken for which."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .figures import Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Breakdown(ABC):
    """Makes figures of each part (class, tag, kind of object) from the statistics of its task's metrics.

    `parts` are their names, in the order of all arrays.
    """

    axis: ClassVar[str]
    """What a part is called: `class`, `tag`, ..."""

    figures: ClassVar[tuple[Figure, ...]]
    """What there is of each part. Where there are too many parts to show, those worst by the first are.

    One that has the name of a figure of the task is the same of one part, and is shown beside it.
    """

    def __init__(self, parts: Sequence[str]) -> None:
        self.parts = tuple(parts)

    @abstractmethod
    def compute(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the figures by name, `[P]` each, of examples with these statistics, `[N, ...]` each.

        Counts are whole numbers. NaN stands where a figure is undefined for a part.
        """

    def confusion(self, statistics: Mapping[str, NDArray[Any]]) -> NDArray[Any] | None:
        """Return how often each part was taken for each, `[P, P]` whole numbers; the truth by row.

        None where predictions cannot be assigned to parts one by one, or parts may be too many for a matrix;
        then there is `confusions`.
        """
        return None

    def confusions(self, statistics: Mapping[str, NDArray[Any]]) -> NDArray[Any] | None:
        """Return the same for the pairs that occur, `[K, 3]`: the truth, what it was taken for, how often.

        None where predictions cannot be assigned to parts one by one.
        """
        import numpy as np

        counts = self.confusion(statistics)
        if counts is None:
            return None
        pairs = counts.nonzero()
        return np.stack([*pairs, counts[pairs]], axis=1)


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one part was taken for another, or rightly for itself; both are positions among the parts."""

    truth: int
    taken_for: int
    count: int
