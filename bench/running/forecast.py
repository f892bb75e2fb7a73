"""How long a run still takes, judged by what alike cells took; nothing is said where nothing is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple

from ..api import Progress
from ..measuring.machine import machine
from ..planning.cell import Cell
from ..records.conditions import machine_of
from ..records.record import Record
from .durations import Durations, Likeness


class Left(NamedTuple):
    """Seconds that are left; `partly` where that is only the part of which something is known."""

    seconds: float
    partly: bool = False


@dataclass
class Running:
    """A cell under way: since when, and by when its training will be over, if that can be told."""

    likeness: Likeness
    began: float
    trained_by: float | None = None


class Forecast:
    """Learns from each cell that ends how long its like takes.

    Earlier records count if they are of a machine like this one, `here`. `clock` tells the time in seconds.
    """

    def __init__(self, here: str | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.here = here or str(machine()["id"])
        self.clock = clock
        self._durations = Durations()
        self._waiting: Counter[Likeness] = Counter()
        self._running: dict[str, Running] = {}

    def queued(self, cells: Sequence[Cell], done: Sequence[Record]) -> None:
        """These cells are to be run; of those that are wanted, these were done earlier."""
        for record in done:
            if machine_of(record) == self.here:
                self._durations.learn(record)
        self._waiting.update(Likeness.of_cell(cell) for cell in cells)

    def started(self, cell: Cell) -> None:
        """A cell begins."""
        likeness = Likeness.of_cell(cell)
        self._waiting -= Counter([likeness])
        self._running[cell.id] = Running(likeness, self.clock())

    def progressed(self, cell: Cell, progress: Progress) -> None:
        """It goes on."""
        left = progress.seconds_left
        self._running[cell.id].trained_by = None if left is None else self.clock() + left

    def finished(self, cell: Cell, record: Record) -> None:
        """It is over."""
        del self._running[cell.id]
        self._durations.learn(record)

    def finished_elsewhere(self, cell: Cell, record: Record) -> None:
        """A cell that was to be run is over in another run."""
        self._waiting -= Counter([Likeness.of_cell(cell)])
        if machine_of(record) == self.here:
            self._durations.learn(record)

    def cell(self, id: str) -> Left | None:
        """Return what is left of a cell under way; None if nothing is known of it."""
        running, now = self._running[id], self.clock()
        whole, training = self._durations.of(running.likeness), 0.0
        if running.trained_by is not None:
            training = max(0.0, running.trained_by - now)
        left = max(training, 0.0 if whole is None else running.began + whole - now)
        return Left(left, partly=whole is None) if left > 0 else None

    def suite(self) -> Left | None:
        """Return what is left of the run, with as many cells at once as now; None if nothing is known."""
        running = [self.cell(id) for id in self._running]
        waiting = list(self._of_waiting())
        lefts = [left for left in (*running, *waiting) if left is not None]
        if not lefts:
            return None
        at_once = max(1, len(running))
        longest = max((left.seconds for left in running if left is not None), default=0.0)
        seconds = max(longest, sum(left.seconds for left in lefts) / at_once)
        return Left(seconds, len(lefts) < len(running) + len(waiting) or any(left.partly for left in lefts))

    def _of_waiting(self) -> Iterator[Left | None]:
        """Give what all cells of a likeness take together that wait."""
        for likeness, count in self._waiting.items():
            expected = self._durations.of(likeness)
            yield None if expected is None else Left(count * expected)
