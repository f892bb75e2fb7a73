"""Which phase a cell is in, and how long it has trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol

from ..api import APART


class PhaseListener(Protocol):
    """Follows the phases of a cell."""

    def enter(self, phase: str) -> None:
        """A phase begins."""

    def leave(self, phase: str) -> None:
        """The innermost phase ends."""


class Stopwatch:
    """A stack of phases, the seconds of training among them, and the listeners that follow them.

    `waited` are the seconds spent waiting for batches to be put together. `clock` tells the time in seconds.
    """

    def __init__(self, *listeners: PhaseListener, clock: Callable[[], float] = perf_counter) -> None:
        self.listeners = listeners
        self.clock = clock
        self.phases: list[str] = []
        self.waited = 0.0
        self._trained = 0.0
        self._since = clock()

    @property
    def current(self) -> str | None:
        """The innermost phase."""
        return self.phases[-1] if self.phases else None

    @property
    def training(self) -> bool:
        """Whether a cell trains now: in a phase, and in none that the core opens for something else."""
        return bool(self.phases) and not any(phase in APART for phase in self.phases)

    @property
    def trained(self) -> float:
        """The seconds of training up to now."""
        self._account()
        return self._trained

    def add(self, seconds: float) -> None:
        """Count seconds of training in an earlier attempt."""
        self._trained += seconds

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

    def _account(self) -> None:
        now = self.clock()
        if self.training:
            self._trained += now - self._since
        self._since = now
