"""Do an objective, a meter and an observer keep their contracts? Seen in a short trial of a whole cell."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..api import Backbone, Dataset, Meter, Objective, Observer, Task
from ..errors import BenchError
from ..planning.cell import Cell
from ..records.record import Record
from ..registry import Registry
from ..trial.job import Job
from ..trial.trial import run_trial
from .evaluations import check_reported
from .partners import first, problems, small_cell, values

STEPS = 2


def check_objective(objective: Objective, registry: Registry) -> Iterator[str]:
    """Give what is wrong with an objective: stopped after its first step, and after its second."""
    for steps in range(1, STEPS + 1):
        record = _trial(registry, objective, [], steps)
        if record.status != "done":
            yield f"a trial of {steps} steps failed: {record.reason}"
            return
    if not any(record.quality.values()):
        yield "measure reports nothing"
        return
    yield from check_reported(_cell(registry, objective, STEPS))


def check_meter(meter: Meter, registry: Registry) -> Iterator[str]:
    """Give what is wrong with a meter, at work on the first objective."""
    record = _trial(registry, _some_objective(registry), [meter], STEPS)
    if record.status != "done":
        yield f"a trial with it failed: {record.reason}"
    yield from record.notes
    for column in record.resources.get(meter.table, {}).get("", {}):
        if column not in meter.columns:
            yield f"column '{column}' is not among those it declares"


def check_observer(observer: Observer, registry: Registry) -> Iterator[str]:
    """Give nothing; an observer that raises is at fault."""
    observer.finished(_trial(registry, _some_objective(registry), [], STEPS).model_dump(mode="json"))
    yield from ()


def _some_objective(registry: Registry) -> Objective:
    objective: Objective = first(values(registry, "objective"), "objective")
    return objective


def _trial(registry: Registry, objective: Objective, meters: Sequence[Meter], steps: int) -> Record:
    """Run an objective for some steps with the first partners it does not refuse."""
    cell = _cell(registry, objective, steps)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(cell, "check", Path(folder), Path(folder) / ".cache", False, (), {})
        return run_trial(job, meters, lambda progress: None)


def _cell(registry: Registry, objective: Objective, steps: int) -> Cell:
    dataset, task, backbone = _partners(registry, objective)
    return small_cell(objective, dataset, task, backbone, steps)


def _partners(registry: Registry, objective: Objective) -> tuple[Dataset, Task, Backbone]:
    reasons = []
    named = [registry.create("backbone", objective.partner)] if objective.partner else None
    for dataset, task in problems(registry):
        for backbone in named or values(registry, "backbone"):
            if task.modality not in backbone.modalities() or (objective.supervised and not task.labelled):
                continue
            reason = objective.skip(backbone, task, dataset)
            if reason is None:
                return dataset, task, backbone
            reasons.append(str(reason))
    why = "; ".join(dict.fromkeys(reasons)) or "no data set has a backbone of its modality"
    raise BenchError(f"no partners to try it with are installed: {why}")
