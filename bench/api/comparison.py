"""How sure a difference is: intervals, and the answer to which of two is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answer = Literal["better", "worse", "same", "undecided", "undecidable"]
"""What the first of two is to the second.

`better`, `worse`: surely so. `same`: surely within the margin that was asked for. `undecided`: the data leave
it open, and more of them may decide. `undecidable`: no outcome of so few data could have decided it.
"""

Basis = Literal["recipe", "seeds", "networks", "runs", "datasets"]
"""What a statement holds for.

`recipe`: a fresh seed on fresh examples. `seeds`: a fresh seed on these very examples, where what each
example contributes was not kept. `networks`: these trained networks on fresh examples, as there is one seed
of either. `runs`: another run on this machine under these conditions. `datasets`: another data set like
these.
"""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value of something lies, with a confidence between 0 and 1."""

    low: float
    high: float
    confidence: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Need:
    """What it would take to decide: from `low` to `high` seeds (or runs) of each, those there are included.

    Both are None where no number of seeds would do, or more than a hundred, but more test examples would.
    """

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first of two against the second.

    difference: of their figures, first minus second, in the figure's unit; of speeds the ratio, first by
    second. low, high: its interval, in the same unit, which holds for all pairs of a verdict together. p: the
    smallest level at which it would be called a difference, adjusted for all pairs. need: given where the
    answer is `undecided`.
    """

    difference: float
    low: float
    high: float
    p: float
    answer: Answer
    basis: Basis
    need: Need | None = None
