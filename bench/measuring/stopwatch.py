"""Which phase a cell is in, how far that is, and how long the cell has trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from ..api import APART


class PhaseListener(Protocol):
    """Follows the phases of a cell."""

    def enter(self, phase: str) -> None:
        """A phase begins."""

    def leave(self, phase: str) -> None:
        """The innermost phase ends."""


class Watcher(Protocol):
    """Looks at a stopwatch whenever there is something new to see."""

    def changed(self) -> None:
        """Another phase is the innermost one now, or none is."""

    def counted(self) -> None:
        """The innermost phase has gone through more examples."""


@dataclass
class Count:
    """The examples that a phase has gone through, and of how many; None where it does not say."""

    done: int = 0
    total: int | None = None


class Stopwatch:
    """A stack of phases, the seconds of training among them, and the listeners that follow them.

    The `watcher` comes after them, when a phase that ends is over. `waited` are the seconds spent waiting for
    batches to be put together. `clock` tells the time in seconds.
    """

    def __init__(self, *listeners: PhaseListener, clock: Callable[[], float] = perf_counter) -> None:
        self.listeners = listeners
        self.clock = clock
        self.watcher: Watcher | None = None
        self.phases: list[str] = []
        self._counts: list[Count] = []
        self.waited = 0.0
        self._trained = 0.0
        self._since = clock()

    @property
    def current(self) -> str | None:
        """The innermost phase."""
        return self.phases[-1] if self.phases else None

    @property
    def count(self) -> Count:
        """How far the innermost phase is."""
        return self._counts[-1] if self._counts else Count()

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

    def went_through(self, examples: int) -> None:
        """The innermost phase has gone through more examples."""
        self.count.done += examples
        if self.watcher:
            self.watcher.counted()

    @contextmanager
    def phase(self, name: str, examples: int | None = None) -> Iterator[None]:
        """Time a phase that goes through so many examples, and tell the listeners that it begins and ends."""
        self._account()
        self.phases.append(name)
        self._counts.append(Count(total=examples))
        for listener in self.listeners:
            listener.enter(name)
        self._changed()
        try:
            yield
        finally:
            for listener in self.listeners:
                listener.leave(name)
            self._account()
            self.phases.pop()
            self._counts.pop()
            self._changed()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the seconds within as waited."""
        began = self.clock()
        yield
        self.waited += self.clock() - began

    def _changed(self) -> None:
        if self.watcher:
            self.watcher.changed()

    def _account(self) -> None:
        now = self.clock()
        if self.training:
            self._trained += now - self._since
        self._since = now
