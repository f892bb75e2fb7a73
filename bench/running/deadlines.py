"""What cells are held to: the bounds of their suite, and for silence one that other cells suggest."""

from __future__ import annotations

from ..api import Bounds
from ..measuring.machine import machine
from ..planning.cell import Cell
from ..records.conditions import machine_of
from ..records.record import Failure, Record

TIMES = 10
LEAST_SECONDS = 3600.0
"""Downloads and compilers are silent, so no cell is given up earlier unless its suite says so."""


class Deadlines:
    """Learns how long cells may be silent from those that are done where this run's cells run.

    That is this machine, `here`, and any on which one of its cells has run. They may be silent for ten times
    as long as the longest took in all, and at least an hour; where none is done, for ever.
    """

    def __init__(self, here: str | None = None) -> None:
        self.here = here or str(machine()["id"])
        self._machines = {self.here}
        self._longest: float | None = None

    def learn(self, record: Record, *, own: bool = False) -> None:
        """Take note of how long a cell took, if it ended well; `own` says that it is one of this run's."""
        if record.status != "done":
            return
        if own:
            self._machines.add(machine_of(record))
        if machine_of(record) in self._machines:
            self._longest = max(self._longest or 0.0, record.seconds)

    def of(self, cell: Cell) -> Bounds:
        """Return the bounds of a cell that begins now."""
        limits = cell.limits
        return Bounds(limits.cell_seconds, limits.silent_seconds or self._usual(), limits.memory)

    def _usual(self) -> float | None:
        return None if self._longest is None else max(TIMES * self._longest, LEAST_SECONDS)


def hung(failures: list[Failure]) -> bool:
    """Tell whether the last attempt at a cell was given up."""
    return bool(failures) and failures[-1].cause in ("deadline", "silence")
