"""A comparison of results as values, which are rendered as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...api import Column, Comparison
from ..averages import deviation, mean
from .tolerances import ALIKE, Margins, Tolerance

Outcome = Literal["kept", "lost", "undecided"]
"""What a check came to: `lost` if too much surely is, `undecided` if that cannot be told."""


@dataclass(frozen=True)
class Measured:
    """What was measured of a figure: mean and standard deviation over `n` seeds, or runs of a resource."""

    mean: float
    spread: float | None
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Measured:
        """Return what one or more values amount to."""
        return cls(mean(values), deviation(values), len(values))


@dataclass(frozen=True)
class Change:
    """A figure of a row on two sides.

    first, second: what each has of it; None where it was not measured. identical: each seed, or run, of the
    second gave the same as one of the first.
    comparison: the second against the first. Of a resource its difference and interval are ratios, second by
    first. None where there was nothing to test, and `note` says why.
    """

    column: Column
    over: Literal["seeds", "runs"]
    first: Measured | None
    second: Measured | None
    comparison: Comparison | None = None
    note: str = ""
    identical: bool = False


@dataclass(frozen=True)
class Pair:
    """A row of one side and the row of the other that it is compared with.

    seeds: how many each has. notes: in what the two differ besides, a line each.
    """

    title: str
    labels: Mapping[str, str]
    settings: str
    seeds: tuple[int, int]
    changes: Sequence[Change]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Versus:
    """One side against another: `second` against `first`.

    vanished: rows that only the first has, with the reason where they failed in the second. new: those that
    only the second has.
    """

    first: str
    second: str
    pairs: Sequence[Pair]
    vanished: Sequence[str] = ()
    new: Sequence[str] = ()


@dataclass(frozen=True)
class Check:
    """Whether a row has lost more of a figure than is tolerated.

    loss: how much worse the second is, in the figure's unit; share: the same as a share of the first. p: how
    often rows that are equal would seem to have lost as much, one-sided, adjusted for all checks; None where
    nothing could be tested, and `note` says why.
    """

    versus: Versus
    pair: Pair
    change: Change
    tolerance: Tolerance
    loss: float
    share: float
    outcome: Outcome
    p: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Compared:
    """All that was compared.

    checks: of each row for each tolerance. faults: figures to check that only one side of a row has, a line
    each. margins: how much figures may differ and be the same. axis: whose values the sides are, empty for
    results folders.
    """

    versus: Sequence[Versus]
    checks: Sequence[Check] = ()
    faults: Sequence[str] = ()
    margins: Margins = ALIKE
    axis: str = ""
    confidence: float = 0.95

    @property
    def lost(self) -> Sequence[Check]:
        """The checks that were not passed."""
        return [check for check in self.checks if check.outcome == "lost"]

    @property
    def failed(self) -> bool:
        """Whether anything was lost: more of a figure than is tolerated, or a whole row."""
        return bool(self.lost) or any(against.vanished for against in self.versus)
