"""Figures: what can be measured, declared once as values; and the phases of a cell that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "neither"]
"""Which way a figure is better; `neither` where it only describes."""

Value = str | int | float | bool | None
"""The value of a figure; None where it could not be measured."""

WHOLE = ""
"""Stands for the phase of figures that belong to a cell as a whole."""

APART = ("load", "prepare", "compile", "encode", "evaluate", "checkpoint")
"""Phases that the core opens. What an objective yields in any other one, within `train`, is training."""

HOUSEKEEPING = ("load", "prepare", "compile", "checkpoint")
"""Of these, the ones that process no examples: their figures stay out of the summary."""

Role = Literal["", "cached", "disturbance", "memory"]
"""What a figure says about other figures, if anything.

`cached`: whether the figures of its phase, in its table, are those of an earlier cell, found in the cache.
`disturbance`: how many cores other programs kept busy while the cell was measured, which slows it down.
`memory`: how much of the machine's memory a cell needs, in MiB, to begin beside others.
"""


@dataclass(frozen=True)
class Figure:
    """Something that is measured, declared by the task, objective, metric or meter that measures it.

    `unit` is empty for a plain number. `headline` is 0, or its place in the summary, counted from the left.
    A figure that goes `by_phase` has a value for each phase of a cell in which it could be measured. Figures
    by phase that share a place stand there phase by phase. A figure that is better `higher`, has a place and
    has the unit `samples/s` is a speed, by which cells are ranked. `mean_of` names the statistic of which a
    metric is the mean over examples, and is empty for one that is no such mean.
    """

    name: str
    unit: str = ""
    doc: str = ""
    better: Better = "neither"
    headline: int = 0
    by_phase: bool = False
    role: Role = ""
    mean_of: str = ""

    def column(self, phase: str = WHOLE) -> str:
        """Return what tables call it: `samples_per_s` of `train` is `train_samples_per_s`."""
        return f"{phase}_{self.name}" if phase else self.name
