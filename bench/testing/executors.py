"""Does an executor keep its contract? Tried with cells that end well, fail, and crash."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..api import Executor, Pool, Progress
from ..records.record import Record
from ..registry import Registry
from ..running.results import take_over
from ..running.under_way import UnderWay
from ..trial.job import Job
from ..trial.options import RunOptions
from . import trouble
from .trials import STEPS, short_cell


def check_executor(executor: Executor, registry: Registry) -> Iterator[str]:
    """Give what is wrong with an executor. Cells use the first data set and backbone that fit each other."""
    files = [*registry.files, trouble.FILE]
    with tempfile.TemporaryDirectory() as folder, executor.open(files, []) as pool:
        check = _Check(pool, registry, Path(folder))
        yield from check.fault()
        if executor.isolated:
            yield from check.crash()
        yield from check.well()


class _Check:
    def __init__(self, pool: Pool, registry: Registry, folder: Path) -> None:
        self.pool = pool
        self.registry = registry
        self.folder = folder
        self.heard: list[Progress] = []

    def well(self) -> Iterator[str]:
        job, record = self.run("well")
        if record.status != "done":
            yield f"a cell that ends well: {record.status}, {record.reason}"
            return
        if not self.heard:
            yield "no progress arrives"
        for path in (job.store.file_path(job.id, trouble.NOTE), job.store.artifact_path(job.id)):
            if not path.is_file():
                yield f"a cell's file does not come back: {path.relative_to(job.folder)}"

    def fault(self) -> Iterator[str]:
        _, record = self.run("fault")
        if (record.status, record.reason) != ("failed", trouble.FAULT):
            yield f"a cell that fails with a reason: {record.status}, {record.reason}"

    def crash(self) -> Iterator[str]:
        _, record = self.run("crash")
        if record.status != "failed":
            yield f"a cell whose process dies: {record.status}"

    def run(self, end: str) -> tuple[Job, Record]:
        """Run a cell that ends in a certain way; return its job and its record."""
        self.heard.clear()
        cell = short_cell(self.registry, trouble.Trouble.model_validate({"end": end}), STEPS)
        options = RunOptions(suite="check", folder=self.folder, cache_folder=self.folder / ".cache")
        job = Job(cell, options, keep_encoder=True)
        under_way = UnderWay(self.pool, lambda _, progress: self.heard.append(progress), threads=False)
        under_way.start(job)
        attempt, result = under_way.next()
        record = take_over(attempt, result)
        under_way.close(job)
        return job, record
