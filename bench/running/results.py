"""What comes back from an executor, taken over: the cell's files, and then its record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from ..api import Result
from ..errors import BenchError
from ..records.files import write_atomic
from ..records.record import Record
from ..records.store import Store
from ..trial.job import Job
from ..trial.outcome import Attempt

LOG_LINES = 20
LOG_WIDTH = 400
"""Of what a cell printed, so many lines, of so many characters at most, join its record where it failed."""


def take_over(attempt: Attempt, result: Result) -> Record:
    """Return the record of a job that has ended, with its files in the job's own folder.

    Raises StoreError if these cannot be written.
    """
    bring(attempt.job, result.folder)
    return _with_log(_outcome(attempt, result), attempt.job.log_path)


def bring(job: Job, folder: Path) -> None:
    """Copy what a job has left in another results folder to its own. Raises StoreError if that fails."""
    if folder != job.folder:
        for path in files_of(job, Store(folder)):
            write_atomic(job.folder / path.relative_to(folder), path.read_bytes())


def _outcome(attempt: Attempt, result: Result) -> Record:
    if result.record is None:
        output = f"; output in {attempt.job.kept_log_path}" if attempt.job.log_path.exists() else ""
        return attempt.failed(f"{result.reason}{output}", result.cause)
    try:
        return _checked(attempt.job, result)
    except BenchError as error:
        return attempt.failed(str(error), "executor")


def _with_log(record: Record, log: Path) -> Record:
    """Return the record of a cell that failed with the last lines of its log, if it has one."""
    if record.status != "failed" or not record.failures or not log.is_file():
        return record
    *earlier, last = record.failures
    told = last.model_copy(update={"log": last_lines(log)})
    return record.model_copy(update={"failures": [*earlier, told]})


def last_lines(log: Path) -> list[str]:
    """Return the last lines of a file of any size, each cut to a bounded length."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_LINES * LOG_WIDTH))
        lines = file.read(LOG_LINES * LOG_WIDTH).decode(errors="replace").splitlines()
    return [line[:LOG_WIDTH] for line in lines[-LOG_LINES:]]


def _checked(job: Job, result: Result) -> Record:
    try:
        record = Record.model_validate(result.record)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise BenchError(f"the executor returned no record of this version of bench: {place}") from error
    if record.id != job.id:
        raise BenchError(f"the executor returned the record of another cell, {record.id}")
    return record


def files_of(job: Job, theirs: Store) -> Iterator[Path]:
    """Give the files that a job has left in a results folder, which may hold others."""
    single = [
        theirs.folder / job.log_path.relative_to(job.folder),
        theirs.predictions_path(job.id),
        theirs.checkpoint_path(job.id),
        *theirs.artifact_paths(job.id),
    ]
    if job.kept_checkpoint is not None:
        single.append(theirs.folder / job.kept_checkpoint.relative_to(job.folder))
    yield from (path for path in single if path.is_file())
    yield from (path for path in theirs.file_path(job.id, "").glob("*") if path.is_file())
