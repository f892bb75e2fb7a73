"""The courses of cells in a report: what was measured while they trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Point:
    """A point of a training curve: after so many steps, the values of some figures, such as `train loss`."""

    step: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class CellTrace:
    """What there is to look at of one cell, beside its figures.

    record, log: paths from the results folder, of a log only if there is one. files: likewise, what the
    objective kept (`samples.png`). curve: the course of its training. log_end: the last lines of the log of a
    cell that failed.
    """

    id: str
    seed: int
    status: Literal["done", "failed", "skipped"]
    record: str
    reason: str = ""
    log: str = ""
    log_end: str = ""
    files: Sequence[str] = ()
    curve: Sequence[Point] = ()
