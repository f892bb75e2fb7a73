"""Runs a cell in this process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import ClassVar, cast

from ...api import Executor, Job, Listen, Pool, Result
from ...hookspecs import hookimpl
from ...registry import Registry, load
from ...trial import job as trial


class Inline(Executor):
    """All cells in this process, for debugging: a crash ends the run, and memory may stay."""

    name: ClassVar[str] = "inline"
    concurrent: ClassVar[bool] = False
    isolated: ClassVar[bool] = False

    def open(self, files: Sequence[Path], modules: Sequence[str]) -> AbstractContextManager[Pool]:
        """There is nothing to hold."""
        return nullcontext(InlinePool(load(files)))


class InlinePool:
    """Runs a job when its result is asked for."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def takes(self, job: Job) -> bool:
        """There is one process."""
        return False

    def submit(self, job: Job) -> InlineJob:
        """Leave the job to its handle."""
        return InlineJob(cast(trial.Job, job), self.registry)


class InlineJob:
    """A job that runs while it is waited for."""

    def __init__(self, job: trial.Job, registry: Registry) -> None:
        self.job = job
        self.registry = registry

    def result(self, listen: Listen) -> Result:
        """Run the cell here and now."""
        import torch

        from ...trial.trial import run_trial

        threads = torch.get_num_threads()
        try:
            record = run_trial(self.job, self.registry.meters(), listen, self.registry.metrics())
        finally:
            torch.set_num_threads(threads)  # the next cell starts from these again
        return Result(self.job.folder, record.model_dump(mode="json"))

    def close(self) -> None:
        """There is nothing to let go."""


@hookimpl
def bench_executors() -> list[type[Executor]]:
    """Return the executor."""
    return [Inline]
