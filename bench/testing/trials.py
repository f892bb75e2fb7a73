"""Do an objective, a meter and an observer keep their contracts? Tried in a short trial of a whole cell."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

from ..api import Backbone, CellInfo, Dataset, Meter, Objective, Observer, Point, Task
from ..errors import BenchError
from ..planning.cell import Cell
from ..records.record import Record
from ..registry import Registry
from ..trial.job import Job
from ..trial.options import RunOptions
from ..trial.trial import run_trial
from .evaluations import check_scored
from .figures import check_primary, check_reading, check_reported, check_table
from .partners import first, further, problems, small_cell, values

STEPS = 2


def check_objective(objective: Objective, registry: Registry) -> Iterator[str]:
    """Give what is wrong with an objective: stopped after its first step, and after its second."""
    _, task, _ = _partners(registry, objective)
    declared = (*task.figures, *objective.figures)
    yield from check_primary(objective.ranks_by(task), declared)
    for steps in range(1, STEPS + 1):
        record = _trial(registry, objective, [], steps)
        if record.status != "done":
            yield f"a trial of {steps} steps failed: {record.reason}"
            return
    if objective.indivisible() is None and (task.indivisible() is None or not objective.supervised):
        parted = _trial(registry, objective, [], STEPS, micro_batches=2)
        if parted.status != "done":
            yield f"a trial with batches in two parts failed ({parted.reason}); `indivisible` must say why"
    yield from check_reported(chain.from_iterable(record.quality.values()), declared)
    yield from check_scored(short_cell(registry, objective, STEPS))


def check_meter(meter: Meter, registry: Registry) -> Iterator[str]:
    """Give what is wrong with a meter, at work on the first objective."""
    record = _trial(registry, _some_objective(registry), [meter], STEPS)
    if record.status != "done":
        yield f"a trial with it failed: {record.reason}"
    yield from record.notes
    yield from check_table(meter.table)
    yield from check_reading(record.resources.get(meter.table, {}), meter.figures)


def check_observer(observer: Observer, registry: Registry) -> Iterator[str]:
    """Give nothing; an observer that raises is at fault. It sees a cell that ends, and one that does not."""
    record = _trial(registry, _some_objective(registry), [], STEPS)
    cell = CellInfo(record.id, record.suite, record.row, record.labels, record.seed, record.cell)
    points = [Point(point.step, point.values) for point in record.curve]
    for ends in (True, False):
        with closing(observer.follow(cell)) as follower:
            follower.progressed(points)
            if ends:
                follower.finished(record.model_dump(mode="json"))
    yield from ()


def _some_objective(registry: Registry) -> Objective:
    objective: Objective = first(values(registry, "objective"), "objective")
    return objective


def _trial(
    registry: Registry, objective: Objective, meters: Sequence[Meter], steps: int, micro_batches: int = 1
) -> Record:
    """Run an objective for some steps, with each batch in so many parts."""
    cell = short_cell(registry, objective, steps)
    with tempfile.TemporaryDirectory() as folder:
        options = RunOptions(suite="check", folder=Path(folder), cache_folder=Path(folder) / ".cache")
        job = Job(cell, options, micro_batches=micro_batches)
        return run_trial(job, meters, lambda progress: None)


def short_cell(registry: Registry, objective: Objective, steps: int) -> Cell:
    """Return a cell of an objective, for some steps, with the first partners it does not refuse."""
    dataset, task, backbone = _partners(registry, objective)
    cell = small_cell(objective, dataset, task, backbone, steps)
    return replace(cell, further=further(objective, registry))


def _partners(registry: Registry, objective: Objective) -> tuple[Dataset, Task, Backbone]:
    reasons = []
    named = [registry.create("backbone", objective.partner)] if objective.partner else None
    for dataset, task in problems(registry):
        for backbone in named or values(registry, "backbone"):
            if task.modality not in backbone.modalities() or (objective.supervised and task.target is None):
                continue
            reason = objective.skip(backbone, task, dataset) or task.skip(backbone)
            if reason is None:
                return dataset, task, backbone
            reasons.append(str(reason))
    why = "; ".join(dict.fromkeys(reasons)) or "no data set has a backbone of its modality"
    raise BenchError(f"no partners to try it with are installed: {why}")
