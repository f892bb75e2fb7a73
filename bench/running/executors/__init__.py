"""Executors: where a cell's trial runs. Each turns a job into a record, whatever the cell's faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Protocol, Self

from ...records.record import Record
from ...registry import Registry
from ...trial.job import Job, Progress


class Executor(Protocol):
    """Runs jobs. A context: what it holds is let go at the end, cells that still run included.

    `concurrent` says whether `execute` may be called in several threads at once.
    `modules` are those that the plugins of the jobs import in their verbs: they may be loaded ahead.
    """

    concurrent: ClassVar[bool]

    def __init__(self, registry: Registry, modules: Sequence[str] = ()) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...

    def execute(self, job: Job, listen: Callable[[Progress], None]) -> Record:
        """Run the cell of a job and return its record, also if the cell fails or its process dies."""
        ...


def executors() -> Mapping[str, type[Executor]]:
    """Return the executors by name."""
    from .inline import InlineExecutor
    from .process import ProcessExecutor

    return {"inline": InlineExecutor, "process": ProcessExecutor}
