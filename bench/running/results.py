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


def take_over(attempt: Attempt, result: Result) -> Record:
    """Return the record of a job that has ended, with its files in the job's own folder.

    Raises StoreError if these cannot be written.
    """
    job = attempt.job
    if result.folder != job.folder:
        for path in _files(job, Store(result.folder)):
            write_atomic(job.folder / path.relative_to(result.folder), path.read_bytes())
    if result.record is None:
        output = f"; output in {job.log_path}" if job.log_path.exists() else ""
        return attempt.failed(f"{result.cause}{output}")
    try:
        return _checked(job, result)
    except BenchError as error:
        return attempt.failed(str(error))


def _checked(job: Job, result: Result) -> Record:
    try:
        record = Record.model_validate(result.record)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise BenchError(f"the executor returned no record of this version of bench: {place}") from error
    if record.id != job.id:
        raise BenchError(f"the executor returned the record of another cell, {record.id}")
    return record


def _files(job: Job, theirs: Store) -> Iterator[Path]:
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
