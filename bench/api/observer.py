"""Observers: follow cells as they run (trackers, notifiers)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .plugin import Plugin
from .trace import Point


@dataclass(frozen=True)
class CellInfo:
    """What is known of a cell before it runs.

    labels: what tables call it, axis by axis, without the seed. spec: its plugins with their settings, its
    seed, settings and limits, as plain JSON data; the `cell` of its record.
    """

    id: str
    suite: str
    title: str
    labels: Mapping[str, str]
    seed: int
    spec: Mapping[str, Any]


class Follower:
    """An observer at work on one cell. Override what is needed; a call may take its time.

    All calls to an observer and its followers come from one thread, which is not that of a cell.
    """

    def progressed(self, points: Sequence[Point]) -> None:
        """The course of its training has gained these points; called about once a second."""

    def finished(self, record: Mapping[str, Any]) -> None:
        """The cell is done, failed or skipped, and its record, plain JSON data, is safely stored."""

    def close(self) -> None:
        """Nothing more will come: the cell is over, or the run was interrupted before it was."""


class Observer(Plugin):
    """Follows cells. A fault of an observer never costs a result, nor its slowness the time of a cell."""

    @abstractmethod
    def follow(self, cell: CellInfo) -> Follower:
        """Begin to follow a cell that begins, or that ends without having begun.

        A cell comes again when it is tried again, and when a further run has added to its record.
        """
