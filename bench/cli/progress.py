"""How a run shows itself on stderr: live lines on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from threading import Event, Thread
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ..api import Progress
from ..planning.cell import Cell
from ..records.record import Record
from ..running.listener import Listener
from ..toolkit.rendering.text import plain
from .board import Board
from .terminal import harmless_streams, raw

BEAT_SECONDS = 30.0
"""How often a log says what goes on."""

REFRESHES_PER_SECOND = 4
MOST_CELLS = 4
"""Of more cells at once only the first are shown."""


class Display(Listener, AbstractContextManager["Display"], Protocol):
    """A listener that may hold the terminal while it is entered; it is for the planning, and for the run."""


def display() -> Display:
    """Return what suits stderr."""
    console = Console(file=raw(sys.stderr), highlight=False)
    # Rich takes a log for a terminal where colours are forced; and some terminals cannot go back a line.
    return LiveDisplay(console) if sys.stderr.isatty() and console.is_interactive else PlainDisplay()


class PlainDisplay:
    """A line when a cell begins and when it ends, and now and then about those under way: for logs."""

    def __init__(self, board: Board | None = None, beat_seconds: float = BEAT_SECONDS) -> None:
        self.board = board or Board()
        self.beat_seconds = beat_seconds
        self._over = Event()

    def __enter__(self) -> Self:
        """Begin to say now and then what goes on."""
        self._over = Event()
        Thread(target=self._beat, args=(self._over,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Say no more."""
        self._over.set()

    def queued(self, cells: Sequence[Cell], done: Sequence[Record]) -> None:
        """Print how many cells need not run."""
        self.board.queued(cells, done)
        if done:
            self._say(f"{len(done)} cells are done already")

    def started(self, cell: Cell, number: int, total: int, run: int) -> None:
        """Print that a cell begins."""
        self._begins(self.board.started(cell, number, total, run))

    def progressed(self, cell: Cell, progress: Progress) -> None:
        """Take note of how far the cell is."""
        self.board.progressed(cell, progress)

    def finished(self, cell: Cell, record: Record) -> None:
        """Print how the cell ended."""
        self._say(self.board.finished(cell, record))

    def finished_elsewhere(self, cell: Cell, record: Record) -> None:
        """Print how a cell has ended that another run has taken."""
        self._say(self.board.finished_elsewhere(cell, record))

    def waits(self) -> None:
        """Take note that other runs hold what is left."""
        self.board.waits()

    def warned(self, message: str) -> None:
        """Print a warning."""
        self._say(f"warning: {plain(message)}")

    def _beat(self, over: Event) -> None:
        while not over.wait(self.beat_seconds):
            for line in self.board.log(MOST_CELLS):
                self._say(line)

    def _begins(self, text: str) -> None:
        self._say(text)

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class LiveDisplay(PlainDisplay):
    """Lines that show what goes on right now; what has ended stays above them."""

    def __init__(self, console: Console, board: Board | None = None) -> None:
        super().__init__(board)
        self.console = console
        self._taken = ExitStack()
        self.live = Live(
            console=console,
            get_renderable=self.picture,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
        )

    def __enter__(self) -> Self:
        """Take the last lines of the terminal."""
        self.live.start(refresh=True)
        self._taken.callback(self.live.stop)
        # What others print meanwhile goes through rich to the console: it is to be harmless before.
        self._taken.enter_context(harmless_streams())
        return self

    def __exit__(self, *exception: object) -> None:
        """Clear them."""
        self._taken.close()

    def picture(self) -> Text:
        """Return the lines as they are now; those that are too long for the terminal are cut."""
        most = max(1, min(MOST_CELLS, (self.console.height - 2) // 2))
        return Text("\n".join(self.board.live(most)), no_wrap=True, overflow="ellipsis")

    def _begins(self, text: str) -> None:
        self.live.refresh()

    def _say(self, text: str) -> None:
        self.console.print(Text(text))
