"""Figures: what can be measured, told once as values; and the phases of a cell that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "neither"]
"""Which way a figure is better; `neither` where it only describes."""

Value = str | int | float | bool | None
"""What is measured of a figure; None where nothing could be."""

WHOLE = ""
"""Stands for the phase of figures that belong to a cell as a whole."""

APART = ("load", "prepare", "compile", "encode", "evaluate", "checkpoint")
"""Phases that the core opens. What an objective yields in any other one, within `train`, is training."""


@dataclass(frozen=True)
class Figure:
    """Something that is measured, declared by the task, objective, metric or meter that measures it.

    `unit` is empty for a plain number. `headline` is 0, or its place in the summary, counted from the left.
    A figure that goes `by_phase` has a value for each phase of a cell in which it could be measured.
    `needs_memory` marks what a cell needs of the machine's memory, in MiB: it begins beside others only where
    that much is free.
    """

    name: str
    unit: str = ""
    doc: str = ""
    better: Better = "neither"
    headline: int = 0
    by_phase: bool = False
    needs_memory: bool = False

    def column(self, phase: str = WHOLE) -> str:
        """Return what tables call it: `samples_per_s` of `train` is `train_samples_per_s`."""
        return f"{phase}_{self.name}" if phase else self.name
