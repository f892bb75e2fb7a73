"""Several cells at once: which may begin, given what of the machine the others hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Self, TypeVar

from ..planning.cell import Cell
from ..records.record import Record
from ..trial.job import ATTENTIVE_SECONDS, Progress

Execute = Callable[[Cell, Callable[[Progress], None]], Record]
Happening = tuple[Cell, Progress | Record | None]
T = TypeVar("T")

UNKNOWN_BYTES = 4 * 2**30
"""What a cell is taken to need until one has shown what they do."""

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

    def admits(self, cell: Cell, running: Sequence[Cell]) -> bool:
        """Tell whether a cell may begin beside those that run. One alone always may."""
        threads = sum(map(threads_of, (cell, *running)))
        # Those that run may have just begun, and not yet taken what they need.
        return not running or (
            threads <= self.cores and self.available() >= (1 + len(running)) * self._expected()
        )

    def learn(self, record: Record) -> None:
        """Take note of the memory that a cell has needed, if that was measured."""
        peaks = [
            float(value) * 2**20
            for name, value in record.resources.get("memory", {}).get("", {}).items()
            if name.endswith("_peak_mib") and isinstance(value, int | float)
        ]
        self.needed = max([self.needed, *map(round, peaks)])

    def _expected(self) -> float:
        return max(MARGIN * self.needed, LEAST_BYTES) if self.needed else UNKNOWN_BYTES


def threads_of(cell: Cell) -> int:
    """Return the CPU threads of a cell that shares the machine: those asked for, or one."""
    return cell.settings.threads or 1


def on_cpu(cells: Sequence[Cell]) -> bool:
    """Tell whether cells run on the CPU alone."""
    asked = {cell.device for cell in cells}
    if "auto" in asked:
        from ..feeding.device import choose_device

        asked = asked - {"auto"} | {choose_device("auto").type}
    return asked <= {"cpu"}


def run_together(cells: Sequence[Cell], room: Room, execute: Execute) -> Iterator[Happening]:
    """Execute cells in their order, each in a thread, as many at once as there is room for.

    Gives a cell with None when it begins, with its progress, and with its record when it has ended; what is
    done with that is over before another cell begins. A child waits for its parent. Raises what `execute`
    raises, in the thread that asks.
    """
    waiting, running = list(cells), dict[str, Cell]()
    happened: SimpleQueue[tuple[Cell, Progress | Record | BaseException]] = SimpleQueue()

    def work(cell: Cell) -> None:
        try:
            happened.put((cell, execute(cell, lambda progress: happened.put((cell, progress)))))
        except BaseException as error:
            happened.put((cell, error))

    while waiting or running:
        while (ready := _next(waiting, running)) is not None and room.admits(ready, [*running.values()]):
            waiting.remove(ready)
            running[ready.id] = ready
            yield ready, None
            Thread(target=work, args=(ready,), daemon=True).start()
        cell, what = _take(happened)
        if isinstance(what, BaseException):
            raise what
        if isinstance(what, Record):
            del running[cell.id]
            room.learn(what)
        yield cell, what


def _take(queue: SimpleQueue[T]) -> T:
    while True:
        with suppress(Empty):
            return queue.get(timeout=ATTENTIVE_SECONDS)


def _next(waiting: Sequence[Cell], running: dict[str, Cell]) -> Cell | None:
    """Return the first cell whose parent does not have to be waited for."""
    awaited = {*(cell.id for cell in waiting), *running}
    return next((cell for cell in waiting if cell.parent is None or cell.parent.id not in awaited), None)
