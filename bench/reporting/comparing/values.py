"""A comparison of results as values, which are rendered as text, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...api import Column, Comparison, Measurement

Outcome = Literal["kept", "lost", "undecided"]
"""What a check came to: `lost` if more was surely lost than is tolerated, `undecided` if that cannot be told."""


@dataclass(frozen=True)
class Change:
    """A figure of a row on two sides.

    first, second: the mean over `n` seeds, of resources over `n` runs; None where it was not measured.
    comparison: the second against the first. Of a resource its difference and interval are ratios, second by
    first. None where there was nothing to test, and `note` says why.
    """

    column: Column
    over: Literal["seeds", "runs"]
    first: Measurement | None
    second: Measurement | None
    comparison: Comparison | None = None
    note: str = ""


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

    vanished: rows that only the first has, with the reason where the second failed. new: those that only the
    second has.
    """

    first: str
    second: str
    pairs: Sequence[Pair]
    vanished: Sequence[str] = ()
    new: Sequence[str] = ()


@dataclass(frozen=True)
class Check:
    """Whether a row has lost more of a figure than is tolerated.

    loss: how much worse the second is, in the figure's unit; as a share of the first if the tolerance is one.
    p: the level at which it is surely a loss at all, one-sided, adjusted for all checks; None if there was no
    test.
    """

    versus: str
    row: str
    column: Column
    tolerance: str
    loss: float
    p: float | None
    outcome: Outcome
    told: str = ""


@dataclass(frozen=True)
class Compared:
    """All that was compared, `margin` being how much two figures may differ and still be the same."""

    versus: Sequence[Versus]
    checks: Sequence[Check] = ()
    margin: str = ""
    confidence: float = 0.95

    @property
    def lost(self) -> Sequence[Check]:
        """The checks that a row has not passed."""
        return [check for check in self.checks if check.outcome == "lost"]
