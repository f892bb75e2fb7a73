"""Runs a cell in this process: for debugging, and where processes cannot be started."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Self

from ...records.record import Record
from ...registry import Registry
from ...trial.job import Job, Progress


class InlineExecutor:
    """No isolation: a crash of the cell is a crash of the run, and its memory may stay for the next."""

    concurrent: ClassVar[bool] = False

    def __init__(self, registry: Registry, modules: Sequence[str] = ()) -> None:
        self.registry = registry

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """There is nothing to let go."""

    def execute(self, job: Job, listen: Callable[[Progress], None]) -> Record:
        """Run the cell here and now."""
        import torch

        from ...trial.trial import run_trial

        threads = torch.get_num_threads()
        try:
            return run_trial(job, self.registry.meters(), listen, self.registry.metrics())
        finally:
            torch.set_num_threads(threads)  # the next cell may want no others than these
