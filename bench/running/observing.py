"""The observers of a run at work, each in a thread of its own: none holds up a cell, or another observer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Self

from ..api import CellInfo, Follower, Observer, Point
from ..errors import BenchError
from ..planning.cell import Cell
from ..records.record import Record
from ..toolkit.messages import one_line

PATIENCE_SECONDS = 60.0


class Observing:
    """All observers of a run; `warn` is told of their faults, in the thread that calls these methods.

    At the end of the run one may still be behind: it is given up if a single call takes longer than
    `patience` seconds.
    """

    def __init__(
        self,
        observers: Sequence[Observer],
        suite: str,
        warn: Callable[[str], None],
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.observers = observers
        self.suite = suite
        self.warn = warn
        self.patience = patience
        self._desks: list[Desk] = []

    def __enter__(self) -> Self:
        """Begin to observe."""
        self._desks = [Desk(observer) for observer in self.observers]
        return self

    def __exit__(self, *exception: object) -> None:
        """Wait until all have been told everything."""
        for desk in self._desks:
            desk.close(self.patience)
        self._pass_on()

    def started(self, cell: Cell) -> None:
        """A cell begins."""
        self._tell(lambda desk: desk.started(self._info(cell)))

    def progressed(self, cell: Cell, points: Sequence[Point]) -> None:
        """The course of its training has gained points."""
        if points:
            self._tell(lambda desk: desk.progressed(cell.id, points))

    def finished(self, cell: Cell, record: Record) -> None:
        """Its record is stored."""
        self._tell(lambda desk: desk.finished(self._info(cell), record))

    def _tell(self, what: Callable[[Desk], None]) -> None:
        for desk in self._desks:
            what(desk)
        self._pass_on()

    def _pass_on(self) -> None:
        for desk in self._desks:
            for fault in desk.faults():
                self.warn(fault)

    def _info(self, cell: Cell) -> CellInfo:
        return CellInfo(cell.id, self.suite, cell.title, dict(cell.labels), cell.seed, cell.spec())


class Desk:
    """Where the calls to one observer wait, and are made one by one. Points that wait come together."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self._followers: dict[str, Follower] = {}
        self._points: dict[str, list[Point]] = {}
        self._lock = Lock()
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._faults: SimpleQueue[str] = SimpleQueue()
        self._made = 0
        # An observer that never returns must not keep the process from ending.
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def started(self, cell: CellInfo) -> None:
        """Let the observer follow a cell."""
        self._calls.put(partial(self._follow, cell))

    def progressed(self, id: str, points: Sequence[Point]) -> None:
        """Hand over points of a cell."""
        with self._lock:
            waiting = self._points.setdefault(id, [])
            if not waiting:
                self._calls.put(partial(self._progress, id))
            waiting.extend(points)

    def finished(self, cell: CellInfo, record: Record) -> None:
        """Hand over the record of a cell; it may not have begun."""
        self._calls.put(partial(self._finish, cell, record))

    def close(self, patience: float) -> None:
        """Close what is still followed, and wait for the calls that are left, for each at most so long."""
        self._calls.put(None)
        made = -1
        while self._thread.is_alive() and made != self._made:
            made = self._made
            self._thread.join(patience)
        if self._thread.is_alive():
            self._fault(f"given up, as it takes more than {patience:g} s for one call")

    def faults(self) -> list[str]:
        """Return what went wrong since the last call."""
        found = []
        while True:
            try:
                found.append(self._faults.get_nowait())
            except Empty:
                return found

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            self._make(call)
        for follower in self._followers.values():
            self._make(follower.close)

    def _make(self, call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:  # sys.exit() as well: the next call is made all the same
            text = one_line(error)
            self._fault(text if isinstance(error, BenchError) else f"{type(error).__name__}: {text}")
        self._made += 1

    def _fault(self, text: str) -> None:
        self._faults.put(f"observer '{self.observer.name}': {text}")

    def _follow(self, cell: CellInfo) -> None:
        self._followers[cell.id] = self.observer.follow(cell)

    def _progress(self, id: str) -> None:
        with self._lock:
            points = self._points.pop(id)
        if id in self._followers:
            self._followers[id].progressed(points)

    def _finish(self, cell: CellInfo, record: Record) -> None:
        known = self._followers.pop(cell.id, None)
        with closing(self.observer.follow(cell) if known is None else known) as follower:
            follower.finished(record.model_dump(mode="json"))
