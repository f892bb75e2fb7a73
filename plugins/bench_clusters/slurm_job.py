"""A job of Slurm with a bundle of cells: how it is submitted, and what is heard of it by files."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from bench import Job, Listen, Progress, Result
from bench.toolkit.messages import one_line

from .bundle import CACHE, Bundle, Cell, read_messages
from .bundling import total_seconds
from .copying import Contents, contents, write
from .slurm_queue import state_of

MISSING = 2
"""So often in a row a job must be missing in the queue to be over: a disk may be late with its last words."""


class SlurmCell:
    """A cell in a bundle, whose messages come by a queue."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.folder = job.folder
        self.is_over = False
        self._messages: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def tell(self, message: dict[str, Any]) -> None:
        """Pass a message on; the first that is no progress is the last."""
        if not self.is_over:
            self.is_over = "progress" not in message
            self._messages.put(message)

    def end(self, cause: str, reason: str) -> None:
        """Say how it ended without a record."""
        self.tell({"end": {"cause": cause, "reason": reason}})

    def result(self, listen: Listen) -> Result:
        """Pass progress on until the last word comes."""
        while "progress" in (message := self._messages.get()):
            listen(Progress(**message["progress"]))
        return Result(self.folder, message.get("record"), **message.get("end", {}))

    def close(self) -> None:
        """Remove its files, which have been taken over."""
        if self.folder != self.job.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class SlurmJob:
    """Cells in a folder, and the job that runs them.

    `seconds_left` is what they still take, infinite if nobody knows.
    """

    def __init__(
        self, folder: Path, cells: Sequence[SlurmCell], files: Contents, modules: Sequence[str]
    ) -> None:
        self.folder = folder
        self.cells = list(cells)
        self.files = files
        self.modules = modules
        self.number = ""
        self.seconds_left = self._left()
        self._job: Any = None
        self._read = [0] * len(cells)
        self._missing = 0

    @property
    def is_over(self) -> bool:
        """Whether the last word of each cell has come."""
        return all(cell.is_over for cell in self.cells)

    def submit(self, parameters: Mapping[str, Any], timeouts: int) -> None:
        """Write what the cells need into the folder, and submit the job; what fails is said of each cell."""
        try:
            plugins = write(self.files, self.folder / "plugins")
            for number, cell in enumerate(self.cells):
                self._write(Cell(self.folder, number), cell)
            bundle = Bundle(self.folder, len(self.cells), plugins, self.modules)
            self._job = _submitter(self.folder / "slurm", parameters, timeouts).submit(bundle)
            self.number = self._job.job_id
        except Exception as error:
            self._end("executor", f"executor slurm: {one_line(error)}")

    def _write(self, place: Cell, cell: SlurmCell) -> None:
        place.folder.mkdir(parents=True, exist_ok=True)
        write(contents(cell.job.needs), place.folder)
        place.job.write_text(cell.job.moved(place.folder, self.folder / CACHE).to_json())
        cell.folder = place.folder

    def hear(self, living: Collection[str] | None) -> None:
        """Pass on what has been written; `living` are the jobs in Slurm's queue, if that was looked at.

        A job that has left the queue leaves cells that are lost.
        """
        try:
            self._pass_on()
        except Exception as error:
            self._end("executor", f"executor slurm: {one_line(error)}")
        if living is not None:
            self._missing = 0 if self.number in living else self._missing + 1
            if self._missing >= MISSING and not self.is_over:
                self._end("lost", self._ending())
                self.cancel()  # should it live all the same, its cells must not run twice

    def _pass_on(self) -> None:
        for number, cell in enumerate(self.cells):
            if not cell.is_over:
                file = Cell(self.folder, number).messages
                messages, self._read[number] = read_messages(file, self._read[number])
                for message in messages:
                    cell.tell(message)
        self.seconds_left = self._left()

    def _left(self) -> float:
        return total_seconds(cell.job for cell in self.cells if not cell.is_over)

    def _end(self, cause: str, reason: str) -> None:
        for cell in self.cells:
            cell.end(cause, reason)

    def _ending(self) -> str:
        """Return how the job ended, and the last that it printed."""
        printed = ""
        with suppress(OSError, UnicodeDecodeError):
            printed = (self._job.stderr() or "").strip().rpartition("\n")[2]
        ended = f"job {self.number} of Slurm ended ({state_of(self.number)})"
        return one_line(f"{ended}: {printed}" if printed else ended)

    def cancel(self) -> None:
        """Have Slurm end the job."""
        if self._job is not None:
            with suppress(OSError):
                self._job.cancel(check=False)


def _submitter(folder: Path, parameters: Mapping[str, Any], timeouts: int) -> Any:
    from submitit import SlurmExecutor

    submitter = SlurmExecutor(folder, max_num_timeout=timeouts)
    submitter.update_parameters(**parameters)
    return submitter
