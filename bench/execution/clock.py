"""How long each phase has taken; the time of a phase within another counts for the inner one alone."""

from __future__ import annotations

from collections import defaultdict
from time import perf_counter


class PhaseClock:
    """A stack of phases and the seconds of each."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self._seconds: dict[str, float] = defaultdict(float)
        self._since = perf_counter()

    @property
    def current(self) -> str | None:
        """The innermost phase."""
        return self.phases[-1] if self.phases else None

    def enter(self, phase: str) -> None:
        """Begin a phase."""
        self._account()
        self.phases.append(phase)

    def leave(self) -> None:
        """End the innermost phase."""
        self._account()
        self.phases.pop()

    def seconds(self, phase: str) -> float:
        """Return the seconds of a phase up to now."""
        self._account()
        return self._seconds[phase]

    def add(self, phase: str, seconds: float) -> None:
        """Count seconds that a phase took in an earlier attempt."""
        self._seconds[phase] += seconds

    def _account(self) -> None:
        now = perf_counter()
        if self.phases:
            self._seconds[self.phases[-1]] += now - self._since
        self._since = now
