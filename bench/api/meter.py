"""Meters: turn the steps of a cell into numbers about resources; never about quality."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from .plugin import Plugin
from .run import Run, Step

Reading = Mapping[str, str | int | float | bool | None]
"""Columns of a table and their values; None where a cell gave nothing that could be measured."""


class Gauge:
    """A meter at work on one cell. Override what is needed; each call must cost next to nothing."""

    def enter(self, phase: str) -> None:
        """A phase begins: `load`, `prepare`, `train`, `encode`, `evaluate`, or an objective's own."""

    def step(self, step: Step) -> None:
        """The innermost phase has done a step."""

    def leave(self, phase: str) -> None:
        """The phase ends."""

    def close(self) -> Reading:
        """Return the figures. Training and measuring are over; the live model may be run once more."""
        return {}


class Meter(Plugin):
    """Something that can be measured of a cell."""

    table: ClassVar[str]
    """The table its columns belong to: `throughput`, `memory`, or one of its own."""

    columns: ClassVar[Mapping[str, str]]
    """Each column it may fill, with unit and method in one line."""

    exclusive: ClassVar[bool] = False
    """Whether its figures hold only where the cell has the machine for itself, as speeds do."""

    @abstractmethod
    def open(self, run: Run) -> Gauge:
        """Start on a cell, before anything of it is loaded: `run.encoder` is not there until `train`."""
