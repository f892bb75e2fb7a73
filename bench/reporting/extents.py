"""How much was compared on each data set, and how it was trained: what else a figure cannot be judged by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..api import Extent, Value
from ..records.record import Record
from ..toolkit.rendering import plain
from .standings import Replicates, Standings

PARTS = ("backbone", "objective", "settings", "limits")
"""What of a cell says how it was trained; the data and the task are the same for all that are compared."""


def extents(standings: Standings) -> list[Extent]:
    """Return what was done on each data set."""
    datasets: dict[str, list[Replicates]] = {}
    for row in standings.quality:
        if row.done:
            datasets.setdefault(row.dataset, []).append(row)
    return [_extent(dataset, rows) for dataset, rows in datasets.items()]


def _extent(dataset: str, rows: Sequence[Replicates]) -> Extent:
    records = [record for row in rows for record in row.done]
    examples: dict[str, list[int]] = {}
    for record in records:
        for split, count in _mapping(record.data.get("examples")).items():
            examples.setdefault(plain(split), []).append(count)
    steps = [count for record in records if isinstance(count := record.effective.get("steps"), int)]
    return Extent(
        dataset,
        rows=len(rows),
        seeds=_reach(len(row.done) for row in rows),
        classes=max(record.data.get("classes") or 0 for record in records),
        examples={split: _reach(counts) for split, counts in examples.items()},
        steps=_reach(steps) if steps else None,
        settings=_shared(records),
        notes=dict(Counter(plain(note) for record in records for note in record.notes).most_common()),
        cells=len(records),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _reach(counts: Iterable[int]) -> tuple[int, int]:
    found = list(counts)
    return min(found), max(found)


def _shared(records: Sequence[Record]) -> dict[str, Value]:
    """Return the settings that all have, with the same value; of one cell alone there is nothing to share."""
    first = records[0].cell
    shared = list(_settings(first))
    for cell in (record.cell for record in records[1:]):
        unlike = [part for part in PARTS if cell.get(part) != first.get(part)]
        shared = [
            (part, name, value)
            for part, name, value in shared
            if part not in unlike or _mapping(cell.get(part)).get(name) == value
        ]
    return {
        plain(f"{part}.{name}"): plain(value) if isinstance(value, str) else value
        for part, name, value in shared
    }


def _settings(cell: Mapping[str, Any]) -> Iterator[tuple[str, str, Value]]:
    for part in PARTS:
        for name, value in _mapping(cell.get(part)).items():
            if value is not None and not isinstance(value, list | dict):
                yield part, name, value
