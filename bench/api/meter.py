"""Meters: turn the steps of a cell into numbers about resources; never about quality."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from .figures import Figure, Value
from .plugin import Plugin
from .run import Run, Step

Reading = Mapping[str, Mapping[str, Value]]
"""For each phase, the values of its figures by name; `WHOLE` holds those of the cell as a whole."""


class Gauge:
    """A meter at work on one cell. Override what is needed; each call must cost next to nothing."""

    def enter(self, phase: str) -> None:
        """A phase begins: `train`, one that the core opens (`bench.APART`), or an objective's own."""

    def step(self, step: Step) -> None:
        """The innermost phase has done a step."""

    def leave(self, phase: str) -> None:
        """The phase ends."""

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the figures. Training and measuring are over; the live model may be run once more.

        `earlier` holds what other meters measured, by their names: those that `Meter.after` lists, if they
        are installed and did not fail.
        """
        return {}


class PhaseGauge(Gauge):
    """A gauge whose figures go by phase, whichever phases occur: it keeps the stack of those under way.

    `phases` are outermost first. Override `pause` and `resume`, which come in pairs around each edge.
    """

    def __init__(self) -> None:
        self.phases: list[str] = []

    @property
    def phase(self) -> str | None:
        """The innermost phase; None between phases."""
        return self.phases[-1] if self.phases else None

    def enter(self, phase: str) -> None:
        """Stop at the edge, and go on with the phase that begins."""
        self.pause()
        self.phases.append(phase)
        self.resume()

    def leave(self, phase: str) -> None:
        """Stop at the edge, and go on with the surrounding phase."""
        self.pause()
        self.phases.pop()
        self.resume()

    def pause(self) -> None:
        """An edge: what was done since the last one belongs to `phase`."""

    def resume(self) -> None:
        """The edge is over: what is done from now on belongs to `phase`."""


class Meter(Plugin):
    """Something that can be measured of a cell."""

    table: ClassVar[str]
    """The table its figures belong to: `throughput`, `memory`, or one of its own."""

    figures: ClassVar[tuple[Figure, ...]]
    """What it measures."""

    after: ClassVar[tuple[str, ...]] = ()
    """Names of meters whose figures it reads: it is closed after them."""

    exclusive: ClassVar[bool] = False
    """Whether its figures hold only where the cell has the machine for itself, as speeds do."""

    @abstractmethod
    def open(self, run: Run) -> Gauge:
        """Start on a cell, before any of it is loaded: there is no `run.encoder` until `train`."""
