"""What a cell is computed with: fixed from its start, and known to everything that works on it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import torch

from ..api import Limits, Settings, Task
from ..measuring.stopwatch import Stopwatch
from ..planning.cell import Cell
from . import device as devices
from .cache import Cache


@dataclass(frozen=True)
class Context:
    """A cell with the device, the precision and the cache that it really gets, and its stopwatch."""

    cell: Cell
    cache: Cache
    device: torch.device
    precision: str
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    @classmethod
    def of(cls, cell: Cell, cache: Cache, stopwatch: Stopwatch | None = None) -> Context:
        """Return the context of a cell on this machine.

        Raises DeviceError if the device or precision asked for is not here.
        """
        device = devices.choose_device(cell.device)
        precision = devices.choose_precision(cell.settings.precision, device)
        return cls(cell, cache, device, precision, stopwatch or Stopwatch())

    @property
    def task(self) -> Task:
        """The cell's task."""
        return self.cell.task

    @property
    def settings(self) -> Settings:
        """The cell's settings."""
        return self.cell.settings

    @property
    def limits(self) -> Limits:
        """The cell's limits."""
        return self.cell.limits

    @property
    def seed(self) -> int:
        """The cell's seed."""
        return self.cell.seed

    def autocast(self) -> AbstractContextManager[object]:
        """Return a context in which arithmetic runs in the precision."""
        return devices.autocast(self.device, self.precision)
