"""Cells of the tiny worlds brought to life: in this process, with the files in a folder of the test's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bench
import fakes
from bench.feeding.cache import Cache
from bench.planning.cell import Cell
from bench.records.record import Record
from bench.trial.job import Job
from bench.trial.live import LiveRun
from bench.trial.trial import run_trial


class Nothing(bench.Objective):
    """Trains nothing."""

    name = "nothing"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        yield from ()


class Idle(Nothing):
    """Trains nothing and measures nothing."""

    name = "idle"

    def measure(self, run: bench.Run) -> bench.Steps[None]:
        yield from ()


def job(cell: Cell, folder: Path, *, keep_encoder: bool = False, **changes: object) -> Job:
    """An order to run a cell; results in `folder/results`, cache in `folder/cache`."""
    parts = {"suite": "tiny", "failures": (), "git": {}, **changes}
    return Job(
        cell, folder=folder / "results", cache_folder=folder / "cache", keep_encoder=keep_encoder, **parts
    )


def trial(
    cell: Cell,
    folder: Path,
    meters: Sequence[bench.Meter] = (),
    metrics: Sequence[bench.Metric] = (),
    **changes: object,
) -> Record:
    """The record of a cell, run here."""
    return run_trial(job(cell, folder, **changes), meters, lambda progress: None, metrics)


def done(cell: Cell, folder: Path, meters: Sequence[bench.Meter] = (), **changes: object) -> Record:
    """The record of a cell that must end well."""
    record = trial(cell, folder, meters, **changes)
    assert record.status == "done", record.reason
    return record


def live(
    folder: Path,
    cell: Cell | None = None,
    cache_limit: int | None = None,
    metrics: Sequence[bench.Metric] = (),
    **changes: object,
) -> LiveRun:
    """A live run of a cell, or of one that does nothing."""
    cell = cell or fakes.cell(Nothing(), **changes)
    return LiveRun(cell, Cache(folder / "cache", cache_limit), metrics=metrics)


def drain(steps: bench.Steps[object]) -> object:
    """Take all steps; return what the generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
