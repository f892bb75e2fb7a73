"""Several cells at once on one machine: which may begin, given what of the machine the others hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Self

from ..api import Job
from ..planning.cell import Cell
from ..records.record import Record

UNKNOWN_BYTES = 4 * 2**30
"""What a cell is taken to need until the first has shown what cells do need."""

MARGIN = 1.25
LEAST_BYTES = 256 * 2**20


class Room:
    """What of the machine is there for cells: cores, and bytes of memory, which `available` counts.

    A cell is taken to need as much memory as the one that has needed most so far, and a quarter more.
    """

    def __init__(self, cores: int, available: Callable[[], int]) -> None:
        self.cores = cores
        self.available = available
        self.needed = 0

    @classmethod
    def here(cls) -> Self:
        """Return the room on this machine: the cores this process may use, and the memory not in use."""
        import psutil

        usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return cls(usable or 1, lambda: psutil.virtual_memory().available)

    def admits(self, job: Job, running: Sequence[Job]) -> bool:
        """Tell whether a job may begin beside those that run. One alone always may."""
        if not running:
            return True
        jobs = (job, *running)
        threads = sum(each.threads or 1 for each in jobs)
        # Those that run may have just begun, and not yet taken what they need.
        fits = threads <= self.cores and self.available() >= len(jobs) * self._expected()
        return fits and all(each.shared for each in jobs)

    def learn(self, record: Record) -> None:
        """Take note of the memory that a cell has needed, if that was measured."""
        peaks = [
            float(value) * 2**20
            for table, phases in record.resources.items()
            for values in phases.values()
            for name, value in values.items()
            if record.figures[table][name].role == "memory" and isinstance(value, int | float)
        ]
        self.needed = max([self.needed, *map(round, peaks)])

    def _expected(self) -> float:
        return max(MARGIN * self.needed, LEAST_BYTES) if self.needed else UNKNOWN_BYTES


def on_cpu(cell: Cell) -> bool:
    """Tell whether a cell runs on the CPU alone."""
    if cell.device != "auto":
        return cell.device == "cpu"
    from ..feeding.device import choose_device

    return choose_device("auto").type == "cpu"
