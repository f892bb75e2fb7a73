"""Which cells are wanted: all of a plan, or some first, and others in the light of their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..planning.cell import Cell
from ..records.record import Record


class Schedule(Protocol):
    """Says which cells are wanted, and sees each one's record, whether it was made just now or long ago.

    The runner leaves out what is done, so a schedule that decides by records alone goes on where an earlier
    run ended. A cell's parent is wanted with it. The run is over when nothing wanted is left.
    """

    def begin(self) -> Sequence[Cell]:
        """Return the cells that are wanted from the start."""

    def after(self, record: Record) -> Sequence[Cell]:
        """Return the further cells that are wanted now that this record is there."""


@dataclass(frozen=True)
class InOrder:
    """Wants the same cells whatever comes of them."""

    cells: Sequence[Cell]

    def begin(self) -> Sequence[Cell]:
        """Return all cells."""
        return self.cells

    def after(self, record: Record) -> Sequence[Cell]:
        """Return none."""
        return ()
