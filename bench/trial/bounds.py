"""What a cell is held to from outside, and who watches the clock over it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Literal

from ..api import Bounds

STOPPED_SECONDS = 10.0
"""Who watches the clock and has not looked for so long was stopped meanwhile."""


NONE = Bounds()


class Patience:
    """Watches the clock over a cell that begins now. `clock` tells the time in seconds.

    It must be looked at often: when it is not, whoever looks was stopped, and the cell most likely with it,
    so that time does not count.
    """

    def __init__(self, bounds: Bounds, clock: Callable[[], float] = monotonic) -> None:
        self.bounds = bounds
        self.clock = clock
        self._began = self._heard = self._looked = clock()

    def heard(self) -> None:
        """There is news of the cell."""
        self._heard = self._now()

    def lost(self) -> Literal["deadline", "silence"] | None:
        """Return why it has come to an end; None as long as it lasts."""
        now = self._now()
        if _over(now - self._began, self.bounds.cell_seconds):
            return "deadline"
        return "silence" if _over(now - self._heard, self.bounds.silent_seconds) else None

    def _now(self) -> float:
        now = self.clock()
        stopped = now - self._looked
        if stopped >= STOPPED_SECONDS:
            self._began += stopped
            self._heard += stopped
        self._looked = now
        return now


def _over(seconds: float, bound: float | None) -> bool:
    return bound is not None and seconds >= bound
