"""What a results folder has of the cells that are wanted, and what these lack."""

from __future__ import annotations

from ..planning.cell import Cell
from ..records.record import Failure, Record
from ..records.store import Store
from ..trial.options import RunOptions
from .deadlines import hung


class Inventory:
    """Looks cells up in a store. `parents` are the ids of those that others start from.

    `newer` are the ids of the cells that were found to have a record that a newer version wrote.
    """

    def __init__(self, store: Store, options: RunOptions) -> None:
        self.store = store
        self.options = options
        self.parents: set[str] = set()
        self.newer: set[str] = set()

    def is_newer(self, cell: Cell) -> bool:
        """Tell whether a newer version wrote the record of a cell, which then is left alone."""
        if self.store.is_newer(cell.id):
            self.newer.add(cell.id)
        return cell.id in self.newer

    def done(self, cell: Cell) -> Record | None:
        """Return the record of a cell that need not run, as it is done here, or a parent in another suite."""
        return self._done(cell) or self._adopted(cell)

    def keeps_encoder(self, cell: Cell) -> bool:
        """Tell whether the encoder of a cell is to be kept."""
        return self.options.keep_encoders or cell.id in self.parents

    def failures(self, cell: Cell) -> tuple[Failure, ...]:
        """Return the failed attempts at a cell so far."""
        record = self.store.get(cell.id)
        return tuple(record.failures) if record else ()

    def hung(self, cell: Cell) -> bool:
        """Tell whether the last attempt at a cell was given up."""
        return hung(list(self.failures(cell)))

    def lack(self, cell: Cell) -> str | None:
        """Return why a cell cannot start from its parent; None if it can, or has none."""
        if cell.parent is None or self._done(cell.parent):
            return None
        if cell.parent.id in self.newer:
            return f"its parent {cell.parent.id} ({cell.parent.title}): a newer version wrote its record"
        parent = self.store.get(cell.parent.id)
        reason = (parent.reason or "its encoder is missing") if parent else "it has not run"
        return f"its parent {cell.parent.id} ({cell.parent.title}): {reason}"

    def _done(self, cell: Cell) -> Record | None:
        record = self.store.get(cell.id)
        if (
            record is None
            or record.status != "done"
            or (self.options.repeat and record.effective.get("shared"))
        ):
            return None
        lacks_encoder = self.keeps_encoder(cell) and not self.store.artifact_path(cell.id).exists()
        return None if lacks_encoder else record

    def _adopted(self, cell: Cell) -> Record | None:
        if cell.id not in self.parents or not self.store.take(cell.id):
            return None
        self.store.adopt(cell.id)
        self.store.let_go(cell.id)
        return self._done(cell)
