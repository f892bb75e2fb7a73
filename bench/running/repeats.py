"""Further runs of cells that are done: their speeds join the record, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..records.conditions import resource_condition
from ..records.record import Facts, Record


def missing_runs(records: Sequence[Record], wanted: int) -> Iterator[tuple[str, int]]:
    """Give the id of a cell and the number of a run, from 2, for each run that cells lack of those wanted.

    Each cell comes once before any comes again, so that a machine that gets slower does so for all.
    """
    for run in range(2, wanted + 1):
        yield from ((record.id, run) for record in records if 0 < record.runs < run)


def with_run(record: Record, again: Record) -> Record:
    """Return the record of a cell with the figures of a further run, or with a note on why it has none."""
    number = record.runs + 1
    if again.status != "done":
        return _noted(record, [f"run {number}: {again.reason}"])
    if _place(again) != _place(record):
        return _noted(record, [f"run {number}: not counted, on another machine or other software than run 1"])
    repeats = [*record.repeats, again.resources]
    joined = record.model_copy(update={"repeats": repeats, "figures": _figures(record, again)})
    return _noted(joined, [f"run {number}: {note}" for note in again.notes if note not in record.notes])


def _figures(record: Record, again: Record) -> dict[str, dict[str, Facts]]:
    """Return the facts of both: a further run also measures what the first one found on disk."""
    tables = {**again.figures, **record.figures}
    return {table: {**again.figures.get(table, {}), **record.figures.get(table, {})} for table in tables}


def _place(record: Record) -> object:
    """Return what must be the same for a run to be a repetition."""
    return resource_condition(record), record.software


def _noted(record: Record, notes: Sequence[str]) -> Record:
    new = [note for note in notes if note not in record.notes]
    return record.model_copy(update={"notes": [*record.notes, *new]})
