"""How runs that have joined on a results folder divide its cells; a run that is alone gets all of them."""

from __future__ import annotations

from time import sleep

from ..planning.cell import Cell
from ..records.record import Record
from ..records.store import Store

LOOK_SECONDS = 0.5
"""How long to wait before looking again at cells that others hold."""


class Division:
    """Tells what has become of queued cells elsewhere, and takes those that no other run holds.

    A cell is over elsewhere when its record is another than it was when the cell was queued, whatever it
    says: what has failed there is not tried again here.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._stamps: dict[str, object] = {}

    def note(self, cell: Cell) -> None:
        """Take note of the record that a cell has before it is queued."""
        self._stamps[cell.id] = self.store.stamp(cell.id)

    def news(self, cell: Cell) -> Record | None:
        """Return the record that another run has stored since, if one has."""
        if not self._has_news(cell):
            return None
        record = self.store.get(cell.id)
        if record is None:  # it was removed, or cannot be read: the cell is to be run after all
            self.note(cell)
        return record

    def take(self, cell: Cell) -> bool:
        """Hold a cell, for as long as it runs; tell whether that was possible.

        It is not where another run holds it, nor where one has just brought it to its end.
        """
        if not self.store.take(cell.id):
            return False
        if self._has_news(cell):
            self.store.let_go(cell.id)
            return False
        return True

    def let_go(self, cell: Cell) -> None:
        """Let others have a cell, as it is over."""
        self.store.let_go(cell.id)

    def wait(self) -> None:
        """Wait a moment: others hold all that is left."""
        sleep(LOOK_SECONDS)

    def _has_news(self, cell: Cell) -> bool:
        return self.store.stamp(cell.id) != self._stamps[cell.id]
