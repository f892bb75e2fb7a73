"""The runs that the figures of a cell rest on: one, or more where its speed was measured repeatedly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..records.record import Record, Value

BUSY = 0.1
"""The share of a machine's cores that other programs may keep busy while speeds are measured."""

CACHED = "_cached"
"""What the name of a column ends with that tells that figures of a phase are from an earlier cell."""

Runs = Mapping[str, list[Value]]
"""What each run measured, by column; runs that did not measure it are left out."""


def measured(record: Record, table: str) -> Runs:
    """Return the runs of a cell, from a table of its resources.

    Where there are further runs, what the first has found on disk gives way to what these have measured.
    """
    return measured_here(record, table) if record.repeats else _by_column([record.resources.get(table, {})])


def measured_here(record: Record, table: str) -> Runs:
    """Return the same without figures that were found on disk, which an earlier cell has measured."""
    runs = (run.get(table, {}) for run in (record.resources, *record.repeats))
    return _by_column([_without_found(run) for run in runs])


def busy_runs(record: Record) -> int:
    """Return in how many runs of a cell other programs kept more than a tenth of the machine's cores busy."""
    cores = float(record.machine.get("threads") or 1)
    return sum(
        isinstance(others, int | float) and others > BUSY * cores
        for others in measured(record, "throughput").get("other_cores", [])
    )


def _by_column(runs: Sequence[Mapping[str, Value]]) -> Runs:
    columns = dict.fromkeys(name for run in runs for name in run)
    return {name: [run[name] for run in runs if run.get(name) is not None] for name in columns}


def _without_found(run: Mapping[str, Value]) -> Mapping[str, Value]:
    told = [name for name, value in run.items() if name.endswith(CACHED) and value]
    phases = tuple(name.removesuffix("cached") for name in told)
    return {name: value for name, value in run.items() if not name.startswith(phases)}
