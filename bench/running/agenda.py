"""Which cells are wanted, and which of them are still to be run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from ..planning.cell import Cell
from ..records.record import Record
from .division import Division
from .inventory import Inventory
from .listener import Listener
from .queue import Queue
from .schedule import Schedule


class Agenda:
    """The cells that a schedule wants, from when it does until they are over, with those they start from.

    `wanted` are all of them by id, `failed` the ids of those that have failed, which are not tried again.
    `learn` is told of records of cells that did not run here, now.
    """

    def __init__(
        self,
        schedule: Schedule,
        inventory: Inventory,
        division: Division,
        learn: Callable[[Record], None],
        listener: Listener,
    ) -> None:
        self.schedule = schedule
        self.inventory = inventory
        self.division = division
        self.learn = learn
        self.listener = listener
        self.queue = Queue()
        self.wanted: dict[str, Cell] = {}
        self.failed: set[str] = set()

    def begin(self) -> None:
        """Queue what is wanted from the start, unless it is done."""
        self._want(self.schedule.begin())

    def over(self, cell: Cell, record: Record) -> None:
        """A cell is over; queue what is wanted now."""
        self.queue.end(cell)
        if record.status == "failed":
            self.failed.add(cell.id)
        self._want(self.schedule.after(record))

    def over_elsewhere(self, cell: Cell, record: Record) -> None:
        """Another run has brought a queued cell to its end."""
        self.learn(record)
        self.listener.finished_elsewhere(cell, record)
        self.over(cell, record)

    def _want(self, cells: Sequence[Cell]) -> None:
        """Queue cells, and those that the schedule wants once it has seen which of them are done."""
        wanted = deque([cells])
        while wanted:
            done = self._queue_up(wanted.popleft())
            wanted.extend(self.schedule.after(record) for record in done)

    def _queue_up(self, cells: Sequence[Cell]) -> list[Record]:
        """Queue the cells that are not done, and their parents; return the records of those that are."""
        given = {cell.id: cell for cell in cells}
        line = {relative.id: given.get(relative.id, relative) for cell in cells for relative in _line(cell)}
        self.wanted |= line
        self.inventory.parents |= {cell.parent.id for cell in line.values() if cell.parent is not None}
        added: list[Cell] = []
        last: list[Cell] = []
        done: list[Record] = []
        for cell in line.values():
            if cell in self.queue or self.inventory.is_newer(cell):
                continue
            self.division.note(cell)
            record = self.inventory.done(cell)
            if record is None and cell.id not in self.failed:
                (last if self.inventory.hung(cell) else added).append(cell)
            elif record is not None and cell.id in given:
                done.append(record)
                self.learn(record)
        queued = [cell for cell in (*added, *last) if self.queue.add(cell)]
        if given:
            self.listener.queued(queued, done)
        return done


def _line(cell: Cell) -> Iterator[Cell]:
    """Give the cells that a cell descends from, the oldest first, and then itself."""
    if cell.parent is not None:
        yield from _line(cell.parent)
    yield cell
