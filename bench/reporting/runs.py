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
    if not record.repeats:
        return _by_column([record.resources.get(table, {})])
    return _by_column([_without_found(run) for run in _runs(record, table)])


def rates(record: Record, phase: str) -> list[float]:
    """Return the examples per second of a phase in each run, but not what was found on disk."""
    found = [
        run.get(f"{phase}_samples_per_s")
        for run in _runs(record, "throughput")
        if not run.get(phase + CACHED)
    ]
    return [float(rate) for rate in found if isinstance(rate, int | float)]


def busy_runs(record: Record) -> int:
    """Return in how many runs of a cell other programs kept more than a tenth of the machine's cores busy."""
    cores = float(record.machine.get("threads") or 1)
    found = [run.get("other_cores") for run in _runs(record, "throughput")]
    return sum(isinstance(others, int | float) and others > BUSY * cores for others in found)


def _runs(record: Record, table: str) -> list[Mapping[str, Value]]:
    return [run.get(table, {}) for run in (record.resources, *record.repeats)]


def _by_column(runs: Sequence[Mapping[str, Value]]) -> Runs:
    columns: dict[str, list[Value]] = {}
    for run in runs:
        for name, value in run.items():
            values = columns.setdefault(name, [])
            if value is not None:
                values.append(value)
    return columns


def _without_found(run: Mapping[str, Value]) -> Mapping[str, Value]:
    told = [name for name, value in run.items() if name.endswith(CACHED) and value]
    phases = tuple(name.removesuffix("cached") for name in told)
    return {name: value for name, value in run.items() if not name.startswith(phases)}
