"""The record of a cell: what it was, how it ended, and what was measured."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Value = str | int | float | bool | None


class Failure(BaseModel):
    """One attempt that did not end well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    started: str
    seconds: float


class Record(BaseModel):
    """All that is known of one cell; the only source of truth for tables.

    status: `done`, `failed` (reason, and each attempt in `failures`) or `skipped` (reason).
    labels: what tables call it, axis by axis, without the seed.
    quality: metric by split. `primary` names the metric that ranks.
    resources: by table, the columns that meters filled. `repeats`: the same of each further run of the cell,
    of those meters only whose figures change from run to run (`Meter.exclusive`), as speeds do.
    effective: what was really used: device, device_name, precision, batch_size, eval_batch_size, threads,
    clock `governor` of the cores, load of the system when the cell began (`load_at_start`), steps, what ended
    the training (`steps`, `seconds` or `recipe`); `shared` if other cells ran at the same time.
    started is UTC in ISO 8601; seconds are wall-clock.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    id: str
    suite: str
    status: Literal["done", "failed", "skipped"]
    labels: dict[str, str]
    seed: int
    reason: str | None = None
    failures: list[Failure] = Field(default_factory=list)
    primary: str
    higher_is_better: bool = True
    quality: dict[str, dict[str, float]] = Field(default_factory=dict)
    resources: dict[str, dict[str, Value]] = Field(default_factory=dict)
    repeats: list[dict[str, dict[str, Value]]] = Field(default_factory=list)
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

    @property
    def runs(self) -> int:
        """How often the cell was run to the end."""
        return 1 + len(self.repeats) if self.status == "done" else 0
