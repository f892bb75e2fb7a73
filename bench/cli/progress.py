"""How a run shows itself on stderr: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic
from typing import Protocol, Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from ..api import Progress
from ..planning.cell import Cell
from ..records.record import Record
from ..running.listener import Listener

MARKS = {"done": "ok", "failed": "FAILED", "skipped": "skipped"}


class Display(Listener, AbstractContextManager["Display"], Protocol):
    """A listener that may hold the terminal for as long as the run lasts."""


def display() -> Display:
    """Return what suits stderr."""
    return LiveDisplay() if sys.stderr.isatty() else PlainDisplay()


@dataclass(frozen=True)
class Shown:
    """A cell that runs: its number of all, what it is called, and when it began."""

    position: str
    title: str
    began: float


class PlainDisplay:
    """A line when a cell ends: for logs."""

    def __init__(self) -> None:
        self.under_way: dict[str, Shown] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """There is nothing to clear."""

    def started(self, cell: Cell, number: int, total: int, run: int) -> None:
        """Remember the position and the run, for the line to come."""
        title = cell.title if run == 1 else f"{cell.title} · run {run}"
        self.under_way[cell.id] = Shown(f"{number:{len(str(total))}}/{total}", title, monotonic())

    def progressed(self, cell: Cell, progress: Progress) -> None:
        """Say nothing: logs hold results."""

    def finished(self, cell: Cell, record: Record) -> None:
        """Print how the cell ended."""
        ended = self.under_way.pop(cell.id)
        self._say(f"{ended.position} {MARKS[record.status]:7} {ended.title}: {outcome(record)}")

    def kept(self, count: int) -> None:
        """Print how many cells need not run."""
        if count:
            self._say(f"{count} cells are done already")

    def warned(self, message: str) -> None:
        """Print a warning."""
        self._say(f"warning: {message}")

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class LiveDisplay(PlainDisplay):
    """Also a line that shows the cell under way; of several, the one that was heard from last."""

    def __init__(self) -> None:
        super().__init__()
        self.console = Console(stderr=True, highlight=False)
        self.status = Status("", console=self.console)

    def __enter__(self) -> Self:
        """Take the line."""
        self.status.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Clear the line."""
        self.status.stop()

    def started(self, cell: Cell, number: int, total: int, run: int) -> None:
        """Show which cell it is."""
        super().started(cell, number, total, run)
        self._show(cell, "")

    def progressed(self, cell: Cell, progress: Progress) -> None:
        """Show its phase, steps and loss."""
        loss = "" if progress.loss is None else f", loss {progress.loss:.4f}"
        steps = f", step {progress.steps}" if progress.steps else ""
        seconds = monotonic() - self.under_way[cell.id].began
        self._show(cell, f": {progress.phase}{steps}{loss}, {seconds:.0f} s")

    def _show(self, cell: Cell, how: str) -> None:
        shown, others = self.under_way[cell.id], len(self.under_way) - 1
        beside = f" (and {others} more)" if others else ""
        self.status.update(escape(f"{shown.position} {shown.title}{how}{beside}"))

    def _say(self, text: str) -> None:
        self.console.print(escape(text), soft_wrap=True)


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
