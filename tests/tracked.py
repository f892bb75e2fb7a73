"""Cells of the tiny world before a tracker: one that learns, one that fails, one that is skipped."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, NamedTuple

import torch

import bench
import fakes
import trials
from bench import Step
from bench.planning.cell import Cell
from bench.records.record import Record
from bench.registry import load
from bench.running.observing import Observing
from bench.trial.outcome import Attempt
from bench.trial.trial import run_trial


class Diverges(bench.Objective):
    """Two steps, the second with a loss that is no number, and then a fault."""

    name: ClassVar[str] = "diverges"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        yield Step(16, torch.tensor(2.5))
        yield Step(16, torch.tensor(float("nan")))
        raise bench.DataError("the end of the data")


class Tracked(NamedTuple):
    """The records of the three cells."""

    learnt: Record
    failed: Record
    skipped: Record


def tracked(observer: bench.Observer, folder: Path) -> Tracked:
    """Run the cells under a tracker, the first two at the same time; it must not complain."""
    registry = load([fakes.FILE])
    learns = registry.create("objective", {"name": "fine-tune", "epochs": 3, "keep": "best", "lr": 0.02})
    cells = [fakes.cell(objective) for objective in (learns, Diverges(), trials.Nothing())]
    records, warnings = [], []

    def run(cell: Cell) -> Record:
        job = trials.job(cell, folder)
        return run_trial(job, registry.meters(), lambda told: watched.progressed(cell, told.points))

    with Observing([observer], "tiny", warnings.append, patience=60) as watched:
        for cell in cells[:2]:
            watched.started(cell)
        records = [run(cell) for cell in cells[:2]]
        records.append(Attempt(trials.job(cells[2], folder)).skipped("no sense"))
        for cell, record in zip(cells, records, strict=True):
            watched.finished(cell, record)
    assert warnings == []
    return Tracked(*records)


def interrupted(observer: bench.Observer) -> None:
    """Begin a cell that does not end."""
    with Observing([observer], "tiny", raise_, patience=60) as watched:
        watched.started(fakes.cell(trials.Nothing(), seed=7))
        watched.progressed(fakes.cell(trials.Nothing(), seed=7), [bench.Point(1, {"train loss": 1.0})])


def raise_(warning: str) -> None:
    raise AssertionError(warning)


def curves(record: Record) -> dict[str, dict[int, float]]:
    """The curves of a record as trackers show them: `{"train/loss": {step: value}}`."""
    found: dict[str, dict[int, float]] = {}
    for point in record.curve:
        for name, value in point.values.items():
            found.setdefault(name.replace(" ", "/"), {})[point.step] = value
    return found
