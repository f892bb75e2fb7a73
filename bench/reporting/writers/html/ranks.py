"""Mean ranks over data sets as dots, each with a bar as long as the critical difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from ....api import Ranks
from .scale import Scale, linear

SHOWN = 30
"""How many contenders are drawn, the best first."""


@dataclass(frozen=True)
class Mark:
    """A contender: its mean rank, and the places of that and of the ends of its bar, from 0 to 1."""

    title: str
    mean: float
    at: float
    low: float
    high: float


@dataclass(frozen=True)
class Ranked:
    """The drawing; `more` contenders are not on it."""

    scale: Scale
    marks: Sequence[Mark]
    more: int


def ranked(found: Ranks) -> Ranked:
    """Return the drawing of mean ranks: of two bars that do not overlap the means differ by more than one."""
    shown, half = list(islice(found.means.items(), SHOWN)), found.critical / 2
    scale = linear(end for _, mean in shown for end in (mean - half, mean + half))
    marks = [
        Mark(title, mean, scale.at(mean), scale.at(mean - half), scale.at(mean + half))
        for title, mean in shown
    ]
    return Ranked(scale, marks, len(found.means) - len(shown))
