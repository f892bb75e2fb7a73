"""On what terms figures are compared, and comparisons in the unit of a figure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from math import exp

from ...api import Better, Comparison
from .tolerances import ALIKE, Margins

Ends = tuple[int, int]
"""The numbers of two sides, the one that the other is compared with first."""


@dataclass(frozen=True)
class Terms:
    """What is asked, and how surely it is to be answered.

    asked: figures besides those that rows rank by, by the titles of their columns or as metrics. margins:
    within what two figures are the same. alpha: how often a single statement may be wrong, so that all on a
    figure hold together. repeated: the figures that each further run of a cell measures, by table and name.
    """

    asked: Collection[str] = ()
    margins: Margins = ALIKE
    alpha: float = 0.05
    repeated: Collection[tuple[str, str]] = ()


def in_unit(found: Comparison, better: Better) -> Comparison:
    """Return a comparison of scores, of which more is better, in the unit of the figure."""
    if better != "lower":
        return found
    return replace(found, difference=-found.difference, low=-found.high, high=-found.low)


def as_ratio(found: Comparison, better: Better) -> Comparison:
    """Return a comparison of logarithms as one of ratios of the figure."""
    return _each(in_unit(found, better), exp)


def _each(found: Comparison, change: Callable[[float], float]) -> Comparison:
    return replace(found, difference=change(found.difference), low=change(found.low), high=change(found.high))
