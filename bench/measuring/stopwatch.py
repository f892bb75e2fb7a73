"""How long each phase has taken; the time of a phase within another counts for the inner one alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol


class Listener(Protocol):
    """Follows the phases of a cell."""

    def enter(self, phase: str) -> None:
        """A phase begins."""

    def leave(self, phase: str) -> None:
        """The innermost phase ends."""


class Stopwatch:
    """A stack of phases, the seconds of each, and the listeners that follow them.

    `waited` are the seconds spent waiting for batches to be put together. `clock` tells the time in seconds.
    """

    def __init__(self, *listeners: Listener, clock: Callable[[], float] = perf_counter) -> None:
        self.listeners = listeners
        self.clock = clock
        self.phases: list[str] = []
        self.waited = 0.0
        self._seconds: dict[str, float] = defaultdict(float)
        self._since = clock()

    @property
    def current(self) -> str | None:
        """The innermost phase."""
        return self.phases[-1] if self.phases else None

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time a phase, and tell the listeners that it begins and ends."""
        self._account()
        self.phases.append(name)
        for listener in self.listeners:
            listener.enter(name)
        try:
            yield
        finally:
            for listener in self.listeners:
                listener.leave(name)
            self._account()
            self.phases.pop()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the seconds within as waited."""
        began = self.clock()
        yield
        self.waited += self.clock() - began

    def seconds(self, phase: str) -> float:
        """Return the seconds of a phase up to now."""
        self._account()
        return self._seconds[phase]

    def add(self, phase: str, seconds: float) -> None:
        """Count seconds that a phase took in an earlier attempt."""
        self._seconds[phase] += seconds

    def _account(self) -> None:
        now = self.clock()
        if self.phases:
            self._seconds[self.phases[-1]] += now - self._since
        self._since = now
