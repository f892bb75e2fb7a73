"""The runner: plan to records. Does what is missing, keeps what is done, survives what fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from ..api import Observer
from ..feeding.cache import Cache
from ..measuring.machine import git
from ..planning import Plan, Skipped
from ..planning.cell import Cell
from ..records.record import Record
from ..records.store import Store
from ..trial.job import Job, Progress
from ..trial.outcome import Attempt
from .executors import Executor
from .repeats import missing_runs, with_run
from .sharing import Happening, Room, on_cpu, run_together, threads_of


class Listener(Protocol):
    """Is told how a run goes, as it goes."""

    def started(self, cell: Cell, number: int, total: int, run: int) -> None:
        """A cell begins, the number-th of total; it is its run-th run."""

    def progressed(self, cell: Cell, progress: Progress) -> None:
        """The cell goes on."""

    def finished(self, cell: Cell, record: Record) -> None:
        """The cell has ended and its record is stored; of a further run only the speeds were."""

    def kept(self, count: int) -> None:
        """So many cells were done by an earlier run."""

    def warned(self, message: str) -> None:
        """Something went wrong that costs no result."""


@dataclass
class Runner:
    """One run over a plan.

    `repeat` is how many runs of each cell its speeds are to rest on; of further runs, only these are kept.
    Where it is 0, cells whose speed was not measured, as they shared the machine, are left as they are.
    `room` is what cells share that may run at once; without it each has the machine for itself.
    `cache_limit` is how many bytes of prepared data and features are kept, but for those that cells just use.
    `newer` are the ids of cells whose record a newer version wrote: they are left as they are.
    """

    plan: Plan
    store: Store
    executor: Executor
    cache_folder: Path
    listener: Listener
    keep_encoders: bool = False
    checkpoint_seconds: float = 60.0
    repeat: int = 0
    room: Room | None = None
    cache_limit: int | None = None
    failed: int = field(default=0, init=False)
    newer: frozenset[str] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        self._git = git(Path.cwd())
        self._cache = Cache(self.cache_folder, self.cache_limit)
        self._parents = {cell.parent.id for cell in self.plan.cells if cell.parent is not None}

    def run(self) -> None:
        """Run all cells whose record is missing, failed, or lacks the encoder that is to be kept.

        Parents that another suite of the same results folder has trained are taken over from there.
        Then the cells that are done are repeated, as often as is asked for and is still missing.

        Raises StoreError if the results folder is in use or cannot be written.
        """
        with self.store.claim():
            self._cache.shrink()
            planned = [*self.plan.cells, *(skipped.cell for skipped in self.plan.skipped)]
            self.newer = frozenset(cell.id for cell in planned if self.store.is_newer(cell.id))
            for skipped in self.plan.skipped:
                if skipped.cell.id not in self.newer:
                    self._skip(skipped)
            cells = [cell for cell in self.plan.cells if cell.id not in self.newer]
            for cell in cells:
                if cell.id in self._parents and not self._is_done(cell):
                    self.store.adopt(cell.id)
            missing = [cell for cell in cells if not self._is_done(cell)]
            self.listener.kept(len(cells) - len(missing))
            self._run_all(missing)
            self._repeat()

    def _skip(self, skipped: Skipped) -> None:
        known = self.store.get(skipped.cell.id)
        if known is None or (known.status, known.reason) != ("skipped", skipped.reason):
            self._keep(Attempt(self._job(skipped.cell)).skipped(skipped.reason))

    def _run_all(self, cells: Sequence[Cell]) -> None:
        if self.room is not None and not on_cpu(cells):
            self.listener.warned("cells on a GPU run one at a time: they would share its memory and its time")
            self.room = None
        numbers = {cell.id: number for number, cell in enumerate(cells, 1)}
        for cell, what in run_together(cells, self.room, self._run) if self.room else self._in_turn(cells):
            if what is None:
                self.listener.started(cell, numbers[cell.id], len(cells), 1)
            elif isinstance(what, Progress):
                self.listener.progressed(cell, what)
            else:
                self._keep(what)
                self.failed += what.status == "failed"
                self.listener.finished(cell, what)

    def _in_turn(self, cells: Sequence[Cell]) -> Iterator[Happening]:
        for cell in cells:
            yield cell, None
            yield cell, self._run(cell, partial(self.listener.progressed, cell))

    def _run(self, cell: Cell, listen: Callable[[Progress], None], run: int = 1) -> Record:
        job = self._job(cell, run)
        if cell.parent is not None and not self._is_done(cell.parent):
            parent = self.store.get(cell.parent.id)
            reason = parent.reason if parent else self._why_missing(cell.parent)
            return Attempt(job).skipped(f"its parent {cell.parent.id} ({cell.parent.title}): {reason}")
        record = self.executor.execute(job, listen)
        self._cache.shrink()
        return record

    def _repeat(self) -> None:
        cells = {cell.id: cell for cell in self.plan.cells}
        records = [record for id in cells if (record := self.store.get(id)) is not None]
        runs = list(missing_runs(records, self.repeat))
        given_up: set[str] = set()
        for number, (id, run) in enumerate(runs, 1):
            record = self.store.get(id)
            if record is not None and id not in given_up:
                self.listener.started(cells[id], number, len(runs), run)
                again = self._run(cells[id], partial(self.listener.progressed, cells[id]), run)
                joined = with_run(record, again)
                self._keep(joined)
                if joined.runs < run:
                    given_up.add(id)
                self.listener.finished(cells[id], again)

    def _why_missing(self, cell: Cell) -> str:
        return "a newer version wrote its record" if cell.id in self.newer else "it has not run"

    def _is_done(self, cell: Cell) -> bool:
        record = self.store.get(cell.id)
        if record is None or record.status != "done" or (self.repeat and record.effective.get("shared")):
            return False
        return not self._keeps_encoder(cell) or self.store.artifact_path(cell.id).exists()

    def _keeps_encoder(self, cell: Cell) -> bool:
        return self.keep_encoders or cell.id in self._parents

    def _job(self, cell: Cell, run: int = 1) -> Job:
        earlier = self.store.get(cell.id)
        return Job(
            cell=cell,
            suite=self.plan.suite.name,
            folder=self.store.folder.resolve(),
            cache_folder=self.cache_folder.resolve(),
            keep_encoder=self._keeps_encoder(cell),
            failures=tuple(earlier.failures) if earlier else (),
            git=self._git,
            checkpoint_seconds=self.checkpoint_seconds,
            run=run,
            threads=threads_of(cell) if self.room else None,
            cache_limit=self.cache_limit,
        )

    def _keep(self, record: Record) -> None:
        self.store.put(record)
        if record.status == "done":
            self.store.checkpoint_path(record.id).unlink(missing_ok=True)
        self._observe(self.plan.suite.observers, record)

    def _observe(self, observers: Sequence[Observer], record: Record) -> None:
        for observer in observers:
            try:
                observer.finished(record.model_dump(mode="json"))
            except Exception as error:
                self.listener.warned(f"observer '{observer.name}': {type(error).__name__}: {error}")
