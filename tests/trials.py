"""Cells of the tiny worlds brought to life: in this process, with the files in a folder of the test's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bench
import fakes
from bench.feeding.cache import Cache
from bench.planning.cell import Cell
from bench.records.record import Record
from bench.running.results import take_over
from bench.running.under_way import UnderWay
from bench.testing.figures import check_reading
from bench.trial.job import Job
from bench.trial.live import LiveRun
from bench.trial.options import RunOptions
from bench.trial.trial import run_trial


class Nothing(bench.Objective):
    """Trains nothing."""

    name = "nothing"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        yield from ()


class Idle(Nothing):
    """Trains nothing, and reports a nought without measuring."""

    name = "idle"

    def measure(self, run: bench.Run) -> bench.Steps[None]:
        for split in run.splits:
            run.report(split, {run.primary.name: 0.0})
        yield from ()


def job(cell: Cell, folder: Path, **changes: object) -> Job:
    """An order to run a cell; results in `folder/results`, cache in `folder/cache`."""
    options = {name: value for name, value in changes.items() if name in RunOptions.model_fields}
    parts = {name: value for name, value in changes.items() if name not in options}
    places = {"folder": folder / "results", "cache_folder": folder / "cache"}
    return Job(cell, RunOptions(suite="tiny", **places, **options), **parts)


def execute(
    pool: bench.Pool,
    cell: Cell,
    folder: Path,
    listen: bench.Listen = lambda progress: None,
    **changes: object,
) -> Record:
    """The record of a cell, run where a pool runs it, with its files in `folder/results`."""
    order = job(cell, folder, **changes)
    under_way = UnderWay(pool, lambda _, progress: listen(progress), threads=False)
    under_way.start(order)
    attempt, result = under_way.next()
    record = take_over(attempt, result)
    under_way.close(order)
    return record


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


def columns(reading: bench.Reading) -> dict[str, bench.Value]:
    """The values of a reading, by the columns that tables have for them."""
    return {
        bench.Figure(name).column(phase): value
        for phase, values in reading.items()
        for name, value in values.items()
    }


def measured(record: Record, table: str) -> dict[str, bench.Value]:
    """What one table holds of a record, by column; each figure's facts must be there too."""
    reading = record.resources[table]
    assert {name for values in reading.values() for name in values} == record.figures[table].keys()
    return columns(reading)


def undeclared(meter: type[bench.Meter], reading: bench.Reading) -> list[str]:
    """What a meter's reading is not as its figures say."""
    return list(check_reading(reading, meter.figures))


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
