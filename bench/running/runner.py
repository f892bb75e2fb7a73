"""The runner: plan to records. Does what is missing, keeps what is done, survives what fails."""

from __future__ import annotations

from ..api import Pool, Progress
from ..feeding.cache import Cache
from ..planning import Plan, Skipped
from ..planning.cell import Cell
from ..records.conditions import machine_of
from ..records.joined import Pace
from ..records.record import Record
from ..records.store import Store
from ..trial.job import Job
from ..trial.options import RunOptions
from ..trial.outcome import Attempt
from .agenda import Agenda
from .deadlines import Deadlines
from .division import Division
from .durations import Durations, Likeness
from .inventory import Inventory
from .listener import Listener
from .observing import Observing
from .repeats import missing_runs, with_run
from .results import take_over
from .schedule import InOrder, Schedule
from .sharing import on_cpu
from .shrinking import explained, micro_batches_of, shrunk
from .under_way import UnderWay
from .workplace import bring_home, set_out


class Runner:
    """One run over a plan, in an open pool of its suite's executor; a schedule may want other cells.

    It has the results folder for itself, or joins others there that show at this pace that they are alive.
    """

    def __init__(
        self,
        plan: Plan,
        pool: Pool,
        options: RunOptions,
        listener: Listener,
        schedule: Schedule | None = None,
        join: Pace | None = None,
    ) -> None:
        self.plan = plan
        self.options = options.moved(options.folder.resolve(), options.cache_folder.resolve())
        self.listener = listener
        self.join = join
        self.store = Store(options.folder)
        self._cache = Cache(self.options.cache_folder, options.cache_limit)
        self._under_way = UnderWay(
            pool,
            self._progressed,
            self.store.check_claim,
            listener.warned,
            threads=plan.suite.executor.concurrent,
        )
        self._observing = Observing(plan.suite.observers, plan.suite.name, self._warn)
        self._deadlines = Deadlines()
        self._durations = Durations()
        self._inventory = Inventory(self.store, options)
        self._division = Division(self.store)
        self._agenda = Agenda(
            schedule or InOrder(plan.cells), self._inventory, self._division, self._learn, listener
        )
        self._warned: set[str] = set()
        self._given_up: set[str] = set()

    @property
    def failed(self) -> int:
        """How many cells have failed."""
        return len(self._agenda.failed)

    @property
    def newer(self) -> int:
        """How many cells have a record that a newer version wrote, and were left as they are."""
        return len(self._inventory.newer)

    def run(self) -> None:
        """Run all cells whose record is missing, failed, or lacks the encoder that is to be kept.

        Parents that another suite of the same results folder has trained are taken over from there.
        Then the cells that are done are repeated, as often as is asked for and is still missing. Cells that
        other runs hold which have joined are waited for, and run here if these let go of them.

        Raises StoreError if the results folder is in use, cannot be written, or is moved away meanwhile.
        """
        with self.store.claim(self.join), self._observing:
            self.store.write(self.store.suite_path, self.plan.suite.text.encode())
            self._cache.shrink()
            for skipped in self.plan.skipped:
                self._skip(skipped)
            self._agenda.begin()
            if self._agenda.queue:
                self._warn_of_crashes()
            while self._agenda.queue:
                self._begin()
                if self._under_way:
                    self._end()
                elif self._agenda.queue:
                    self._wait()
            self._repeat()

    def _warn_of_crashes(self) -> None:
        executor = self.plan.suite.executor
        if not executor.isolated:
            self._warn(
                f"executor '{executor.name}' runs cells in this process: a crash of native code ends "
                "the run, which 'process' survives"
            )

    def _skip(self, skipped: Skipped) -> None:
        if self._inventory.is_newer(skipped.cell):
            return
        known = self.store.get(skipped.cell.id)
        if known is None or (known.status, known.reason) != ("skipped", skipped.reason):
            self._keep(skipped.cell, Attempt(self._job(skipped.cell)).skipped(skipped.reason))

    def _begin(self) -> None:
        """Begin as many cells as may run now. Those whose parent has failed are over at once."""
        self.store.check_claim()
        elsewhere: set[str] = set()
        while (cell := self._agenda.queue.next(elsewhere)) is not None:
            if (record := self._division.news(cell)) is not None:
                self._agenda.over_elsewhere(cell, record)
                continue
            job, lack = self._job(cell), self._inventory.lack(cell)
            if lack is None and not self._under_way.takes(job):
                return
            if self._division.take(cell):
                self._open(job, lack)
            else:
                elsewhere.add(cell.id)

    def _open(self, job: Job, lack: str | None) -> None:
        cell, queue = job.cell, self._agenda.queue
        self.listener.started(cell, queue.begin(cell), queue.total, 1)
        self._observing.started(cell)
        if self.options.keep_checkpoints and cell.final is not None:
            self._warn(f"no larger budget can go on from {cell.objective.spelled()}: {cell.final}")
        if lack is None:
            self._start(job)
        else:
            self._over(cell, Attempt(job).skipped(lack))

    def _start(self, job: Job) -> None:
        self._under_way.start(set_out(job, self.store.place(job.id).resolve()))
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
        bring_home(attempt.job, self.store)
        self.store.say_running(self._under_way.since)
        self._cache.shrink()
        return attempt, explained(attempt.job, record)

    def _over(self, cell: Cell, record: Record) -> None:
        self._keep(cell, record)
        self._division.let_go(cell)
        self.listener.finished(cell, record)
        self._agenda.over(cell, record)

    def _wait(self) -> None:
        """Wait a moment: other runs hold all that is left."""
        self.listener.waits()
        self._division.wait()

    def _repeat(self) -> None:
        wanted = self._agenda.wanted
        records = [record for id in wanted if (record := self.store.get(id)) is not None]
        if self.join is not None:  # speeds on machines of another kind are measured by the runs there
            records = [record for record in records if machine_of(record) == self._deadlines.here]
        runs = list(missing_runs(records, self.options.repeat))
        if runs:
            self.listener.queued([wanted[id] for id, _ in runs], [])
        left = [(number, wanted[id], run) for number, (id, run) in enumerate(runs, 1)]
        while left:
            self.store.check_claim()
            left = [turn for turn in left if not self._take_turn(*turn, len(runs))]
            if left:
                self._wait()

    def _take_turn(self, number: int, cell: Cell, run: int, total: int) -> bool:
        """Run a cell once more, unless it has had so many runs; tell whether no other run holds it."""
        if not self.store.take(cell.id):
            return False
        record = self.store.get(cell.id)
        if record is not None and record.runs < run and cell.id not in self._given_up:
            self.listener.started(cell, number, total, record.runs + 1)
            again = self._again(cell, record.runs + 1)
            added = with_run(record, again)
            self._keep(cell, added)
            if added.runs == record.runs:
                self._given_up.add(cell.id)
            self.listener.finished(cell, again)
        self.store.let_go(cell.id)
        return True

    def _again(self, cell: Cell, run: int) -> Record:
        job, lack = self._job(cell, run), self._inventory.lack(cell)
        if lack is not None:
            return Attempt(job).skipped(lack)
        self._start(job)
        _, record = self._ended()
        return record

    def _job(self, cell: Cell, run: int = 1) -> Job:
        return Job(
            cell=cell,
            options=self.options,
            keep_encoder=self._inventory.keeps_encoder(cell),
            failures=self._inventory.failures(cell),
            run=run,
            shared=self._shares(cell),
            bounds=self._deadlines.of(cell),
            micro_batches=micro_batches_of(self.store.get(cell.id)) if run > 1 else 1,
            expected_seconds=self._durations.of(Likeness.of_cell(cell)),
            waiting=self._agenda.queue.waiting if run == 1 else 1,
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
        self._learn(record, own=True)
        if record.status == "done":
            self.store.checkpoint_path(record.id).unlink(missing_ok=True)
        self._observing.finished(cell, record)

    def _learn(self, record: Record, *, own: bool = False) -> None:
        self._deadlines.learn(record, own=own)
        self._durations.learn(record)
