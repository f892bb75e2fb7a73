"""Cells that ran out of memory, begun again with their batches in twice as many parts."""

from __future__ import annotations

from dataclasses import replace

from ..planning.cell import Cell
from ..records.record import Record
from ..trial.job import Job


def shrunk(job: Job, record: Record) -> Job | None:
    """Return the job to begin in place of one that has ended with this record; None if it is over.

    A further run of a cell is to be as the first was, or not to be.
    """
    wanted = _lacked_memory(job, record) and _hindrance(job) is None
    if not wanted or job.repeats:
        return None
    return replace(job, micro_batches=2 * job.micro_batches, failures=tuple(record.failures))


def explained(job: Job, record: Record) -> Record:
    """Return a record, whose reason says why a cell that ran out of memory was not begun again."""
    hindrance = _hindrance(job) if _lacked_memory(job, record) else None
    if hindrance is None:
        return record
    return record.model_copy(update={"reason": f"{record.reason}; on_oom: shrink cannot help: {hindrance}"})


def micro_batches_of(record: Record | None) -> int:
    """Return in how many parts a finished cell took its batches."""
    parts = record.effective.get("micro_batches") if record is not None else None
    return parts if isinstance(parts, int) else 1


def _lacked_memory(job: Job, record: Record) -> bool:
    """Tell whether a cell that is to be helped then has failed by want of memory, of host or device."""
    failed = record.status == "failed" and bool(record.failures) and record.failures[-1].cause == "memory"
    return failed and job.cell.settings.on_oom == "shrink"


def _hindrance(job: Job) -> str | None:
    """Return why batches cannot be taken in more parts; None if they can."""
    settings = job.cell.settings
    if job.micro_batches >= max(settings.batch_size, settings.eval_batch_size):
        return "a part is a single example already"
    return _indivisible(job.cell)


def _indivisible(cell: Cell) -> str | None:
    own = cell.objective.indivisible()
    return own or (cell.task.indivisible() if cell.objective.supervised else None)
