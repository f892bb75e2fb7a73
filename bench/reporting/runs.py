"""The runs that the figures of a cell rest on: one, or more where its speed was measured repeatedly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..api import WHOLE, Role, Value
from ..records.record import Readings, Record

BUSY = 0.1
"""The share of a machine's cores that other programs may keep busy while speeds are measured."""

Key = tuple[str, str]
"""Where a value stands in a table: phase and figure, or split and metric."""

Runs = Mapping[Key, Sequence[Value]]
"""What each run measured; runs that did not measure it are left out."""


def measured(record: Record, table: str) -> Runs:
    """Return the runs of a cell, from a table of its resources.

    Where there are further runs, what the first has found in the cache gives way to what these have measured.
    """
    runs = [run.get(table, {}) for run in _runs(record)]
    if len(runs) > 1:
        cached = figures_with(record, table, "cached")
        runs = [{name: item for name, item in run.items() if not _is_found(item, cached)} for run in runs]
    found: dict[Key, list[Value]] = {}
    for run in runs:
        for phase, reading in run.items():
            for name, value in reading.items():
                values = found.setdefault((phase, name), [])
                if value is not None:
                    values.append(value)
    return found


def rates(record: Record, table: str, key: Key) -> list[float]:
    """Return the rate of a phase in each run, but not what was found in the cache."""
    phase, figure = key
    cached = figures_with(record, table, "cached")
    readings = [run.get(table, {}).get(phase, {}) for run in _runs(record)]
    found = [reading.get(figure) for reading in readings if not _is_found(reading, cached)]
    return [float(rate) for rate in found if isinstance(rate, int | float)]


def busy_runs(record: Record) -> int:
    """Return in how many runs of a cell other programs kept more than a tenth of the machine's cores busy."""
    allowed = BUSY * float(record.machine.get("threads") or 1)
    telling = {table: figures_with(record, table, "disturbance") for table in record.figures}
    return sum(
        any(
            _exceeds(run.get(table, {}).get(WHOLE, {}).get(name), allowed)
            for table, names in telling.items()
            for name in names
        )
        for run in _runs(record)
    )


def figures_with(record: Record, table: str, role: Role) -> list[str]:
    """Return the names of the figures of a table that have a role."""
    return [name for name, facts in record.figures.get(table, {}).items() if facts.role == role]


def _runs(record: Record) -> list[dict[str, Readings]]:
    return [record.resources, *record.repeats]


def _is_found(reading: Mapping[str, Value], cached: Sequence[str]) -> bool:
    return any(reading.get(name) for name in cached)


def _exceeds(cores: Value, allowed: float) -> bool:
    return isinstance(cores, int | float) and cores > allowed
