"""The cells that are still to be run, in order; and which of them may begin."""

from __future__ import annotations

from collections.abc import Collection

from ..planning.cell import Cell


class Queue:
    """Cells from when they are wanted until they are over. A child waits for its parent."""

    def __init__(self) -> None:
        self.total = 0
        self._numbers: dict[str, int] = {}
        self._waiting: dict[str, Cell] = {}

    def __bool__(self) -> bool:
        """Tell whether there are cells that are not over."""
        return bool(self._numbers)

    def __contains__(self, cell: Cell) -> bool:
        """Tell whether a cell is here, and not over."""
        return cell.id in self._numbers

    @property
    def waiting(self) -> int:
        """How many cells have not begun."""
        return len(self._waiting)

    def add(self, cell: Cell) -> bool:
        """Put a cell at the end, unless it is here already; tell whether it was not."""
        if cell.id in self._numbers:
            return False
        self.total += 1
        self._numbers[cell.id] = self.total
        self._waiting[cell.id] = cell
        return True

    def next(self, elsewhere: Collection[str] = ()) -> Cell | None:
        """Return the first cell that waits, but not for its parent; None if there is none.

        The ids `elsewhere` are passed over.
        """
        cells = (cell for cell in self._waiting.values() if cell.id not in elsewhere)
        return next((cell for cell in cells if not (cell.parent and cell.parent in self)), None)

    def begin(self, cell: Cell) -> int:
        """Take a cell from those that wait; return its number among all that have been added, from 1."""
        del self._waiting[cell.id]
        return self._numbers[cell.id]

    def end(self, cell: Cell) -> None:
        """A cell is over, whether or not it has begun here."""
        self._waiting.pop(cell.id, None)
        del self._numbers[cell.id]
