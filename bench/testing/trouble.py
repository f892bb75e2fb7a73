"""A plugin file for checks of executors: an objective that can end in every way that a cell can.

Like any plugin file it is loaded by its path, so its imports cannot be relative.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from bench.api import Objective, Run, Step, Steps
from bench.errors import DataError
from bench.hookspecs import hookimpl

FILE = Path(__file__)
FAULT = "this cell was asked to fail"
NOTE = "note.txt"


class Trouble(Objective):
    """Trains nothing, and ends as its setting says."""

    name: ClassVar[str] = "trouble"
    supervised: ClassVar[bool] = False

    end: Literal["well", "fault", "crash"] = Field("well", description="how the cell ends")

    def train(self, run: Run) -> Steps[None]:
        """Yield a step, load the encoder, and end."""
        yield Step(1)
        if self.end == "fault":
            raise DataError(FAULT)
        if self.end == "crash":
            os._exit(9)
        run.attach(NOTE, bytes(run.encoder is not None))

    def measure(self, run: Run) -> Steps[None]:
        """Report what nobody looks at."""
        for split in run.splits:
            run.report(split, {run.primary.name: 0.0})
        yield from ()


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [Trouble]
