"""Which cells go together in one job of Slurm: short ones, as many as take a while, spread over few jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, inf, isfinite
from typing import Generic, NamedTuple, Protocol, TypeVar

from bench import Job

LEAST_SECONDS = 60.0
"""Cells that together take less are not worth a job of their own, as this takes a while to begin."""

MARGIN = 2.0
"""By how much longer than expected a cell may take before Slurm's time is up."""

START_MINUTES = 5
"""What a job may take before its first cell begins: loading libraries from a slow disk."""


class Held(Protocol):
    """Something that holds a job."""

    @property
    def job(self) -> Job:
        """The job."""


T = TypeVar("T", bound=Held)


class Kind(NamedTuple):
    """What cells have in common that can follow each other in one job."""

    shared: bool
    device: str
    memory: float | None


def kind_of(job: Job) -> Kind:
    """Return the kind of a job."""
    return Kind(job.shared, job.device, job.bounds.memory)


@dataclass
class Open(Generic[T]):
    """A bundle that others may still join; `seconds` is what it takes, or infinite if nobody knows."""

    kind: Kind
    held: list[T] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, one: T) -> None:
        """Put a job into it."""
        self.held.append(one)
        self.seconds += _seconds(one.job)


class Bundles(Generic[T]):
    """Those that are open, each of at most so many seconds unless one cell takes longer.

    With those that have been submitted they are at most `most`. `submitted` is how many seconds each of those
    still takes, infinite where nobody knows.
    """

    def __init__(self, most: int, most_seconds: float) -> None:
        self.most = most
        self.most_seconds = most_seconds
        self.open: list[Open[T]] = []

    def takes(self, job: Job, submitted: Sequence[float]) -> bool:
        """Tell whether there is room for a job."""
        return self._has_place(submitted) or self._shortest(job, submitted) is not None

    def put(self, one: T, submitted: Sequence[float]) -> None:
        """Put a job into the shortest bundle that it fits; others are opened once each is worth its start."""
        shortest = self._shortest(one.job, submitted)
        if shortest is None or (self._has_place(submitted) and shortest.seconds >= LEAST_SECONDS):
            shortest = Open(kind_of(one.job))
            self.open.append(shortest)
        shortest.add(one)

    def full(self) -> list[Open[T]]:
        """Take away those that nothing more fits in."""
        return self._take([bundle for bundle in self.open if bundle.seconds >= self.most_seconds])

    def all(self) -> list[Open[T]]:
        """Take away all."""
        return self._take(list(self.open))

    def _take(self, bundles: list[Open[T]]) -> list[Open[T]]:
        self.open = [bundle for bundle in self.open if bundle not in bundles]
        return bundles

    def _has_place(self, submitted: Sequence[float]) -> bool:
        return len(submitted) + len(self.open) < self.most

    def _shortest(self, job: Job, submitted: Sequence[float]) -> Open[T] | None:
        enough = max(LEAST_SECONDS, self._share(job, submitted))
        fitting = (
            bundle
            for bundle in self.open
            if bundle.kind == kind_of(job)
            and bundle.seconds < enough
            and bundle.seconds + _seconds(job) <= self.most_seconds
        )
        return min(fitting, key=lambda bundle: bundle.seconds, default=None)

    def _share(self, job: Job, submitted: Sequence[float]) -> float:
        """Return the seconds of each bundle if all that is left, judged by this job, is spread evenly.

        A bundle that took more would still run when those that are submitted, and might share, are over. One
        of unknown seconds counts for nothing: it began with the first of its like, and so is over soon.
        """
        begun = (*submitted, *(bundle.seconds for bundle in self.open))
        left = job.waiting * _seconds(job) + sum(filter(isfinite, begun))
        return left / self.most


def wall_minutes(jobs: Sequence[Job], most: int) -> int:
    """Return the minutes to ask for: what is expected, twice; what ends cells anyway; or the most."""
    seconds = [_longest_seconds(job) for job in jobs]
    if any(each is None for each in seconds):
        return most
    return min(most, START_MINUTES + ceil(sum(each or 0 for each in seconds) / 60))


def _longest_seconds(job: Job) -> float | None:
    expected = None if job.expected_seconds is None else MARGIN * job.expected_seconds
    return min((each for each in (expected, job.bounds.cell_seconds) if each is not None), default=None)


def total_seconds(jobs: Iterable[Job]) -> float:
    """Return how long jobs take one after another, infinite if nobody knows."""
    return sum(map(_seconds, jobs))


def _seconds(job: Job) -> float:
    return inf if job.expected_seconds is None else job.expected_seconds
