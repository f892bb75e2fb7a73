"""The record of a cell: what it was, how it ended, and what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..api import Better, Cause, Figure, Role, Value

Readings = dict[str, dict[str, Value]]
"""What one table holds of a cell: the values of figures by their names, by phase; `""` is the whole cell."""

QUALITY = "quality"
"""What `Record.figures` has for a table of the figures of quality."""

FORMAT = 2


class Failure(BaseModel):
    """One attempt that did not end well: what by, if that was written down, and the last lines of its log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    started: str
    seconds: float
    cause: Cause | None = None
    log: list[str] = Field(default_factory=list)


class Facts(BaseModel):
    """What must be known of a figure to compare it, where the plugin that declares it may be gone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str = ""
    better: Better = "neither"
    headline: int = 0
    role: Role = ""
    mean_of: str = ""

    @classmethod
    def of(cls, figure: Figure) -> Facts:
        """Return the facts of a figure."""
        return cls(**{name: getattr(figure, name) for name in cls.model_fields})


def facts_of(names: Iterable[str], declared: Iterable[Figure]) -> dict[str, Facts]:
    """Return the facts of some figures by name; of one that nobody declares there are none but its name."""
    known = {figure.name: Facts.of(figure) for figure in declared}
    return {name: known.get(name, Facts()) for name in names}


class CurvePoint(BaseModel):
    """The values of some figures after so many steps of training."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int
    values: dict[str, float]


class Record(BaseModel):
    """All that is known of one cell; the only source of truth for tables.

    status: `done`, `failed` (reason, and each attempt in `failures`) or `skipped` (reason).
    row: equal for cells that differ in nothing but their seed, and those of the cells they start from.
    labels: what tables call it, axis by axis, without the seed.
    quality: metric by split. `primary` names the metric that ranks.
    resources: what meters measured, by table, phase and figure. `repeats`: the same of each further run,
    of those meters only whose figures change from run to run (`Meter.exclusive`), as speeds do.
    effective: what was really used: device, device_name, precision, batch_size, eval_batch_size, threads,
    clock `governor` of the cores, load of the system when the cell began (`load_at_start`), steps, what ended
    the training (`steps`, `seconds` or `recipe`); `shared` if other cells ran at the same time; `anew`: which
    of `examples` and `features` were made for each batch, as they were too large to be kept; `micro_batches`:
    in how many parts training batches were taken, if in more than one, as memory was lacking.
    data: number of `classes`, of `examples` by split, the `licence`; `redrawn` if seeds differ in the
    examples they train on.
    figures: the facts of what `quality`, `resources` and `repeats` hold, by table (`QUALITY` is one) and
    figure; those of the primary in any case.
    curve: the course of the training: step, and values by name (`train loss`, `val accuracy`), thinned to a
    bounded number of points.
    started is UTC in ISO 8601; seconds are wall-clock.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[2] = 2
    id: str
    suite: str
    status: Literal["done", "failed", "skipped"]
    row: str
    labels: dict[str, str]
    seed: int
    reason: str | None = None
    failures: list[Failure] = Field(default_factory=list)
    primary: str
    figures: dict[str, dict[str, Facts]] = Field(default_factory=dict)
    quality: dict[str, dict[str, float]] = Field(default_factory=dict)
    resources: dict[str, Readings] = Field(default_factory=dict)
    repeats: list[dict[str, Readings]] = Field(default_factory=list)
    effective: dict[str, Value] = Field(default_factory=dict)
    data: dict[str, Any] = Field(default_factory=dict)
    cell: dict[str, Any]
    identity: dict[str, Any]
    parent: str | None = None
    machine: dict[str, Value] = Field(default_factory=dict)
    software: dict[str, Value] = Field(default_factory=dict)
    git: dict[str, Value] = Field(default_factory=dict)
    started: str
    seconds: float
    notes: list[str] = Field(default_factory=list)
    curve: list[CurvePoint] = Field(default_factory=list)

    @property
    def higher_is_better(self) -> bool:
        """Which way the metric that ranks is better."""
        return self.figures[QUALITY][self.primary].better == "higher"

    @property
    def runs(self) -> int:
        """How often the cell was run to the end."""
        return 1 + len(self.repeats) if self.status == "done" else 0
