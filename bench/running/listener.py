"""What follows a run as it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..api import Progress
from ..planning.cell import Cell
from ..records.record import Record


class Listener(Protocol):
    """Is told how a run goes, as it goes."""

    def queued(self, cells: Sequence[Cell], done: Sequence[Record]) -> None:
        """These cells are to be run; of those that are wanted, these were done by an earlier run."""

    def started(self, cell: Cell, number: int, total: int, run: int) -> None:
        """A cell begins, the number-th of total so far; it is its run-th run."""

    def progressed(self, cell: Cell, progress: Progress) -> None:
        """The cell goes on."""

    def finished(self, cell: Cell, record: Record) -> None:
        """The cell has ended and its record is stored; of a further run only the speeds were."""

    def finished_elsewhere(self, cell: Cell, record: Record) -> None:
        """A queued cell has ended in another run, which has stored its record; here it does not begin."""

    def waits(self) -> None:
        """Nothing can begin here for now: other runs hold all cells that are left."""

    def warned(self, message: str) -> None:
        """Something went wrong that costs no result."""
