"""How long cells take, judged by those like them that have run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..planning.cell import Cell
from ..records.record import Record

RECIPE = ("backbone", "objective", "dataset", "limits")
"""What of a cell's spec decides how much there is to do; its settings make less of a difference."""


class Likeness(NamedTuple):
    """What cells have in common that take about as long: all but the seed, or all but seed and settings."""

    row: str
    recipe: str

    @classmethod
    def of(cls, row: str, spec: Mapping[str, Any]) -> Likeness:
        """Return the likeness of a cell in this row, with this spec."""
        return cls(row, json.dumps([spec.get(name) for name in RECIPE], sort_keys=True))

    @classmethod
    def of_cell(cls, cell: Cell) -> Likeness:
        """Return the likeness of a cell."""
        return cls.of(cell.row, cell.spec())


class Durations:
    """Learns from each cell that ends well how long its like takes."""

    def __init__(self) -> None:
        self._likenesses: dict[str, Likeness] = {}
        self._took: dict[str, float] = {}

    def learn(self, record: Record) -> None:
        """Take note of how long a cell took, if it ended well."""
        if record.status == "done":
            if record.row not in self._likenesses:
                self._likenesses[record.row] = Likeness.of(record.row, record.cell)
            for name in self._likenesses[record.row]:
                self._took[name] = record.seconds

    def of(self, likeness: Likeness) -> float | None:
        """Return the seconds that a cell takes; None if nothing is known of its like."""
        return self._took.get(likeness.row, self._took.get(likeness.recipe))
