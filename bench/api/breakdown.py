"""Breakdowns: figures of quality part by part, as by class, and which part was taken for which."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .figures import Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .report import Measurement


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

        None where predictions cannot be assigned to parts one by one.
        """
        return None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one part was taken for another, or rightly for itself; both are positions among the parts."""

    truth: int
    taken_for: int
    count: int


@dataclass(frozen=True)
class RowBreakdown:
    """The figures of a row on a split, part by part.

    labels, settings: what the row is called, as in `Row`. axis: what a part is called. parts: their names.
    figures: what was measured of each. measurements: `[parts][figures]`, over the row's cells; None where
    undefined. overall: of the whole, for each figure, as the tables have it; None where the task has no
    figure of that name. confusions: all that occurred in any cell, added up; empty where parts cannot be
    confused. cells: the ids of those that it rests on.
    """

    labels: Mapping[str, str]
    settings: str
    split: str
    axis: str
    parts: Sequence[str]
    figures: Sequence[Figure]
    measurements: Sequence[Sequence[Measurement | None]]
    overall: Sequence[Measurement | None]
    confusions: Sequence[Confusion]
    cells: Sequence[str]
