"""The runner: plan to records. Does what is missing, keeps what is done, survives what fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from ..api import Pool, Progress
from ..feeding.cache import Cache
from ..planning import Plan, Skipped
from ..planning.cell import Cell
from ..records.files import write_atomic
from ..records.record import Record
from ..records.store import Store
from ..trial.job import Job
from ..trial.options import RunOptions
from ..trial.outcome import Attempt
from .deadlines import Deadlines, hung
from .durations import Durations, Likeness
from .listener import Listener
from .observing import Observing
from .queue import Queue
from .repeats import missing_runs, with_run
from .results import take_over
from .schedule import InOrder, Schedule
from .sharing import on_cpu
from .shrinking import explained, micro_batches_of, shrunk
from .under_way import UnderWay


class Runner:
    """One run over a plan, in an open pool of its suite's executor; a schedule may want other cells."""

    def __init__(
        self,
        plan: Plan,
        pool: Pool,
        options: RunOptions,
        listener: Listener,
        schedule: Schedule | None = None,
    ) -> None:
        self.plan = plan
        self.options = options.moved(options.folder.resolve(), options.cache_folder.resolve())
        self.listener = listener
        self.schedule = schedule or InOrder(plan.cells)
        self.store = Store(options.folder)
        self._cache = Cache(self.options.cache_folder, options.cache_limit)
        self._under_way = UnderWay(
            pool,
            self._progressed,
            self.store.check_claim,
            self._warn,
            threads=plan.suite.executor.concurrent,
        )
        self._observing = Observing(plan.suite.observers, plan.suite.name, self._warn)
        self._queue = Queue()
        self._deadlines = Deadlines()
        self._durations = Durations()
        self._wanted: dict[str, Cell] = {}
        self._parents: set[str] = set()
        self._failed: set[str] = set()
        self._newer: set[str] = set()
        self._warned: set[str] = set()

    @property
    def failed(self) -> int:
        """How many cells have failed."""
        return len(self._failed)

    @property
    def newer(self) -> int:
        """How many cells have a record that a newer version wrote, and were left as they are."""
        return len(self._newer)

    def run(self) -> None:
        """Run all cells whose record is missing, failed, or lacks the encoder that is to be kept.

        Parents that another suite of the same results folder has trained are taken over from there.
        Then the cells that are done are repeated, as often as is asked for and is still missing.

        Raises StoreError if the results folder is in use, cannot be written, or is moved away meanwhile.
        """
        with self.store.claim(), self._observing:
            write_atomic(self.store.suite_path, self.plan.suite.text.encode())
            self._cache.shrink()
            for skipped in self.plan.skipped:
                self._skip(skipped)
            self._want(self.schedule.begin())
            if self._queue:
                self._warn_of_crashes()
            while self._queue:
                self._begin()
                if self._under_way:
                    self._end()
            self._repeat()

    def _warn_of_crashes(self) -> None:
        executor = self.plan.suite.executor
        if not executor.isolated:
            self._warn(
                f"executor '{executor.name}' runs cells in this process: a crash of native code ends "
                "the run, which 'process' survives"
            )

    def _skip(self, skipped: Skipped) -> None:
        if self._is_newer(skipped.cell):
            return
        known = self.store.get(skipped.cell.id)
        if known is None or (known.status, known.reason) != ("skipped", skipped.reason):
            self._keep(skipped.cell, Attempt(self._job(skipped.cell)).skipped(skipped.reason))

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
        self._wanted |= line
        self._parents |= {cell.parent.id for cell in line.values() if cell.parent is not None}
        added: list[Cell] = []
        last: list[Cell] = []
        done: list[Record] = []
        for cell in line.values():
            if self._is_newer(cell):
                continue
            record = self._done(cell) or self._adopted(cell)
            if record is None and cell.id not in self._failed:
                (last if self._hung(cell) else added).append(cell)
            elif record is not None and cell.id in given:
                done.append(record)
                self._learn(record)
        queued = [cell for cell in (*added, *last) if self._queue.add(cell)]
        if given:
            self.listener.queued(queued, done)
        return done

    def _hung(self, cell: Cell) -> bool:
        record = self.store.get(cell.id)
        return record is not None and hung(record.failures)

    def _begin(self) -> None:
        """Begin as many cells as may run now. Those whose parent has failed are over at once."""
        self.store.check_claim()
        while (cell := self._queue.next()) is not None:
            job, lack = self._job(cell), self._lack(cell)
            if lack is None and not self._under_way.takes(job):
                return
            number = self._queue.begin(cell)
            self.listener.started(cell, number, self._queue.total, 1)
            self._observing.started(cell)
            if self.options.keep_checkpoints and cell.final is not None:
                self._warn(f"no larger budget can go on from {cell.objective.spelled()}: {cell.final}")
            if lack is None:
                self._start(job)
            else:
                self._over(cell, Attempt(job).skipped(lack))

    def _start(self, job: Job) -> None:
        self._under_way.start(job)
        self.store.say_running(self._under_way.since)

    def _end(self) -> None:
        """Wait for a cell to end."""
        attempt, record = self._ended()
        self._over(attempt.job.cell, record)

    def _ended(self) -> tuple[Attempt, Record]:
        while True:
            attempt, result = self._under_way.next()
            record = take_over(attempt, result)
            self._under_way.close(attempt.job)
            smaller = shrunk(attempt.job, record)
            if smaller is None:
                break
            self.listener.warned(f"{smaller.title}: begun again in less memory: {record.reason}")
            self._start(smaller)
        self.store.say_running(self._under_way.since)
        self._cache.shrink()
        return attempt, explained(attempt.job, record)

    def _over(self, cell: Cell, record: Record) -> None:
        self._keep(cell, record)
        self._queue.end(cell)
        if record.status == "failed":
            self._failed.add(cell.id)
        self.listener.finished(cell, record)
        self._want(self.schedule.after(record))

    def _repeat(self) -> None:
        records = [record for id in self._wanted if (record := self.store.get(id)) is not None]
        runs = list(missing_runs(records, self.options.repeat))
        if runs:
            self.listener.queued([self._wanted[id] for id, _ in runs], [])
        given_up: set[str] = set()
        for number, (id, run) in enumerate(runs, 1):
            record, cell = self.store.get(id), self._wanted[id]
            if record is not None and id not in given_up:
                self.listener.started(cell, number, len(runs), run)
                again = self._again(cell, run)
                joined = with_run(record, again)
                self._keep(cell, joined)
                if joined.runs < run:
                    given_up.add(id)
                self.listener.finished(cell, again)

    def _again(self, cell: Cell, run: int) -> Record:
        job, lack = self._job(cell, run), self._lack(cell)
        if lack is not None:
            return Attempt(job).skipped(lack)
        self._start(job)
        _, record = self._ended()
        return record

    def _lack(self, cell: Cell) -> str | None:
        """Return why a cell cannot start from its parent; None if it can, or has none."""
        if cell.parent is None or self._done(cell.parent):
            return None
        if cell.parent.id in self._newer:
            return f"its parent {cell.parent.id} ({cell.parent.title}): a newer version wrote its record"
        parent = self.store.get(cell.parent.id)
        reason = (parent.reason or "its encoder is missing") if parent else "it has not run"
        return f"its parent {cell.parent.id} ({cell.parent.title}): {reason}"

    def _is_newer(self, cell: Cell) -> bool:
        """Tell whether a newer version wrote the record of a cell, which then is left alone."""
        if self.store.is_newer(cell.id):
            self._newer.add(cell.id)
        return cell.id in self._newer

    def _done(self, cell: Cell) -> Record | None:
        """Return the record of a cell that need not run."""
        record = self.store.get(cell.id)
        if (
            record is None
            or record.status != "done"
            or (self.options.repeat and record.effective.get("shared"))
        ):
            return None
        lacks_encoder = self._keeps_encoder(cell) and not self.store.artifact_path(cell.id).exists()
        return None if lacks_encoder else record

    def _adopted(self, cell: Cell) -> Record | None:
        """Return the record of a parent that another suite has trained."""
        if cell.id not in self._parents:
            return None
        self.store.adopt(cell.id)
        return self._done(cell)

    def _keeps_encoder(self, cell: Cell) -> bool:
        return self.options.keep_encoders or cell.id in self._parents

    def _job(self, cell: Cell, run: int = 1) -> Job:
        earlier = self.store.get(cell.id)
        return Job(
            cell=cell,
            options=self.options,
            keep_encoder=self._keeps_encoder(cell),
            failures=tuple(earlier.failures) if earlier else (),
            run=run,
            shared=self._shares(cell),
            bounds=self._deadlines.of(cell),
            micro_batches=micro_batches_of(earlier) if run > 1 else 1,
            expected_seconds=self._durations.of(Likeness.of_cell(cell)),
        )

    def _shares(self, cell: Cell) -> bool:
        """Tell whether other cells may run beside a cell on the same machine."""
        if not self.options.share_machine or on_cpu(cell):
            return self.options.share_machine
        self._warn("cells on a GPU run one at a time: they would share its memory and its time")
        return False

    def _warn(self, message: str) -> None:
        """Say something once."""
        if message not in self._warned:
            self._warned.add(message)
            self.listener.warned(message)

    def _progressed(self, job: Job, progress: Progress) -> None:
        self.store.check_claim()
        self.listener.progressed(job.cell, progress)
        if not job.repeats:
            self._observing.progressed(job.cell, progress.points)

    def _keep(self, cell: Cell, record: Record) -> None:
        self.store.put(record)
        self._learn(record)
        if record.status == "done":
            self.store.checkpoint_path(record.id).unlink(missing_ok=True)
        self._observing.finished(cell, record)

    def _learn(self, record: Record) -> None:
        self._deadlines.learn(record)
        self._durations.learn(record)


def _line(cell: Cell) -> Iterator[Cell]:
    """Give the cells that a cell descends from, the oldest first, and then itself."""
    if cell.parent is not None:
        yield from _line(cell.parent)
    yield cell
