"""What is to be said of a run as it goes: which cells are under way, how far each is, and what is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock
from time import monotonic

from ..api import Progress
from ..planning.cell import Cell
from ..records.record import Record
from ..running.forecast import Forecast, Left
from ..toolkit.rendering.text import plain

DOING = {
    "start": "starting",
    "load": "loading",
    "prepare": "preparing",
    "compile": "compiling",
    "encode": "encoding",
    "evaluate": "evaluating",
    "checkpoint": "saving a checkpoint",
    "train": "training",
    "measure": "measuring",
}
"""What the core's phases are called in a sentence; an objective's own go by their names."""

MARKS = {"done": "ok", "failed": "FAILED", "skipped": "skipped"}

UNHEARD = Progress("start")
"""How far a cell is before it is heard from: its process starts, and finds its plugins."""


@dataclass
class Shown:
    """A cell under way: its number of all, what it is called, since when, and how far it is."""

    position: str
    title: str
    began: float
    progress: Progress = UNHEARD


class Board:
    """The state of a run, in words. Its methods may be called from any thread.

    `doing` is what goes on while no cell is under way. `clock` tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic, forecast: Forecast | None = None) -> None:
        self.clock = clock
        self.doing = "planning"
        self._forecast = forecast or Forecast(clock=clock)
        self._began = clock()
        self._total = self._over = self._failed = 0
        self._shown: dict[str, Shown] = {}
        self._lock = RLock()

    def queued(self, cells: Sequence[Cell], done: Sequence[Record]) -> None:
        """These cells are to be run; these were done before."""
        with self._lock:
            self._total += len(cells)
            self._forecast.queued(cells, done)

    def started(self, cell: Cell, number: int, total: int, run: int) -> str:
        """A cell begins, the number-th of total; return the words for it."""
        position = f"{number:{len(str(total))}}/{total}"
        title = cell.title if run == 1 else f"{cell.title} · run {run}"
        with self._lock:
            self._shown[cell.id] = Shown(position, plain(title), self.clock())
            self._forecast.started(cell)
            return self._headed("begins", self._shown[cell.id])

    def progressed(self, cell: Cell, progress: Progress) -> None:
        """It goes on."""
        with self._lock:
            self._shown[cell.id].progress = progress
            self._forecast.progressed(cell, progress)

    def finished(self, cell: Cell, record: Record) -> str:
        """It has ended; return the words for it."""
        with self._lock:
            ended = self._shown.pop(cell.id)
            self._forecast.finished(cell, record)
            self._count(record)
            return f"{self._headed(MARKS[record.status], ended)}: {plain(outcome(record))}"

    def finished_elsewhere(self, cell: Cell, record: Record) -> str:
        """It has ended in another run; return the words for it."""
        with self._lock:
            self._forecast.finished_elsewhere(cell, record)
            self._count(record)
            return f"elsewhere {MARKS[record.status]}: {plain(cell.title)}: {plain(outcome(record))}"

    def waits(self) -> None:
        """Nothing can begin here for now."""
        self.doing = "waiting for other runs"

    def live(self, most: int) -> list[str]:
        """Return two lines about each cell under way, at most so many of them, and one about the suite."""
        with self._lock:
            cells = [
                line
                for id, shown in self._first(most)
                for line in (f"{shown.position} {shown.title}", f"    {self._state(id)}")
            ]
            return [*cells, *self._more(most), self._suite()]

    def log(self, most: int) -> list[str]:
        """Return the same with a single line about each cell."""
        with self._lock:
            cells = [f"{self._headed('runs', shown)}: {self._state(id)}" for id, shown in self._first(most)]
            return [*cells, *self._more(most), self._suite()]

    def _first(self, most: int) -> list[tuple[str, Shown]]:
        return list(self._shown.items())[:most]

    def _more(self, most: int) -> list[str]:
        more = len(self._shown) - most
        return [f"    and {more} more"] if more > 0 else []

    def _headed(self, mark: str, shown: Shown) -> str:
        return f"{shown.position} {mark:7} {shown.title}"

    def _count(self, record: Record) -> None:
        self._over += 1
        self._failed += record.status == "failed"
        if self._over == self._total:
            self.doing = "finishing"

    def _state(self, id: str) -> str:
        """Return how far a cell is: `training, step 7 of 20, loss 0.1234, 12 s, about 21 s left`."""
        shown = self._shown[id]
        parts = [*doing(shown.progress), span(self.clock() - shown.began)]
        left = self._forecast.cell(id)
        if left is not None:
            of_what = " of training" if left.partly else ""
            parts.append(f"about {span(max(1, left.seconds))}{of_what} left")
        return ", ".join(parts)

    def _suite(self) -> str:
        """Return how far the run is: `3 of 12 cells done, 1 failed, 2 min, at least 9 min left`."""
        if not self._total:
            return self.doing
        failed = [f"{self._failed} failed"] if self._failed else []
        done = f"{self._over - self._failed} of {self._total} cells done"
        parts = [done, *failed, span(self.clock() - self._began), *spoken(self._forecast.suite())]
        return ", ".join(parts if self._shown else [*parts, self.doing])


def doing(progress: Progress) -> list[str]:
    """Return what a cell does, and how far it is with it, in words."""
    # Before its first step an objective gets ready: it reads what there is to know of the data, makes a head.
    phase = "start" if progress.phase == "train" and not progress.steps else progress.phase
    parts = [plain(DOING.get(phase, phase))]
    if progress.total_examples is not None:
        parts.append(f"{progress.examples} of {progress.total_examples} examples")
    elif progress.steps and progress.phase != "measure":
        of_how_many = "" if progress.total_steps is None else f" of {progress.total_steps}"
        parts.append(f"step {progress.steps}{of_how_many}")
        parts += [] if progress.loss is None else [f"loss {progress.loss:.4f}"]
    return parts


def spoken(left: Left | None) -> list[str]:
    """Return what is left in words, if anything is known."""
    if left is None:
        return []
    return [f"{'at least' if left.partly else 'about'} {span(max(1, left.seconds))} left"]


def span(seconds: float) -> str:
    """Return a time as people say it: `75 s`, `12 min`, `3.5 h`, `2.5 days`."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    if minutes < 99.5:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def outcome(record: Record) -> str:
    """Return how a cell ended, in a few words."""
    if record.status != "done":
        return record.reason or "no reason given"
    figures = [
        f"{split} {record.primary} {metrics[record.primary]:.4f}"
        for split, metrics in record.quality.items()
        if record.primary in metrics
    ]
    return ", ".join([*figures, f"{record.seconds:.1f} s"])
