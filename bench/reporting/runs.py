"""The runs that the figures of a cell rest on: one, or more where its speed was measured repeatedly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..api import WHOLE, Value
from ..records.record import Readings, Record

BUSY = 0.1
"""The share of a machine's cores that other programs may keep busy while speeds are measured."""

Key = tuple[str, str]
"""Where a value stands in a table: phase and figure, or split and metric."""

Runs = Mapping[Key, Sequence[Value]]
"""What each run measured; runs that did not measure it are left out."""


def measured(record: Record, table: str, cached: Sequence[str]) -> Runs:
    """Return the runs of a cell, from a table of its resources.

    Where there are further runs, what the first has found in the cache gives way to what these have measured;
    `cached` names the figures that mark a phase as found there.
    """
    first = record.resources.get(table, {})
    if not record.repeats:
        return {
            (phase, name): () if value is None else (value,)
            for phase, reading in first.items()
            for name, value in reading.items()
        }
    found: dict[Key, list[Value]] = {}
    for run in _runs(record):
        for phase, reading in run.get(table, {}).items():
            if _is_found(reading, cached):
                continue
            for name, value in reading.items():
                values = found.setdefault((phase, name), [])
                if value is not None:
                    values.append(value)
    return found


def rates(record: Record, table: str, key: Key, cached: Sequence[str]) -> list[float]:
    """Return the rate of a phase in each run, but not what was found in the cache."""
    phase, figure = key
    found = []
    for run in _runs(record):
        reading = run.get(table, {}).get(phase, {})
        rate = reading.get(figure)
        if isinstance(rate, int | float) and rate > 0 and not _is_found(reading, cached):
            found.append(float(rate))
    return found


def busy_runs(record: Record, telling: Mapping[str, Sequence[str]]) -> int:
    """Return in how many runs of a cell other programs kept more than a tenth of the machine's cores busy.

    `telling` names the figures that say how many, by table.
    """
    allowed = BUSY * float(record.machine.get("threads") or 1)
    return sum(
        any(
            _exceeds(run.get(table, {}).get(WHOLE, {}).get(name), allowed)
            for table, names in telling.items()
            for name in names
        )
        for run in _runs(record)
    )


def _runs(record: Record) -> list[dict[str, Readings]]:
    return [record.resources, *record.repeats]


def _is_found(reading: Mapping[str, Value], cached: Sequence[str]) -> bool:
    return any(reading.get(name) for name in cached)


def _exceeds(cores: Value, allowed: float) -> bool:
    return isinstance(cores, int | float) and cores > allowed
