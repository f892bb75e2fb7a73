"""Do metrics keep their contract, and do figures agree with what is predicted and with what is kept?"""

from __future__ import annotations

import math
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..api import Batch, Dataset, Metric, Metrics, Objective, Predictions, Run, Steps, Task
from ..errors import UnsuitableError
from ..feeding.cache import Cache
from ..planning.cell import Cell
from ..records.predictions import read_predictions, write_predictions
from ..registry import Registry
from ..trial.evaluation import as_arrays
from ..trial.live import LiveRun
from ..trial.trial import Drive
from .partners import first, partner_backbone, problems, small_cell


class Untrained(Objective):
    """Trains nothing; its predictions are as good as any to try metrics with."""

    name: ClassVar[str] = "untrained"

    def train(self, run: Run) -> Steps[None]:
        """Do nothing."""
        yield from ()


def check_metric(metric: Metric, registry: Registry) -> Iterator[str]:
    """Give what is wrong with a metric, tried on the first data set that it suits."""
    suiting = (problem for problem in problems(registry) if metric.suits(problem[1], problem[0].info()))
    dataset, task = first(suiting, "data set that it suits")
    with _live(_untrained(registry, dataset, task), [metric]) as run:
        yield from _check_evaluation(run)
        batch = run.data(run.splits[-1]).take(range(len(run.data(run.splits[-1]))))
        found = yield from check_metrics(metric.metrics(run.info), run.predict(batch), batch)
    declared = {figure.name for figure in metric.figures}
    for name in sorted(found.keys() - declared):
        yield f"figure '{name}' is not among those it declares"


def check_kept(task: Task, dataset: Dataset, registry: Registry) -> Iterator[str]:
    """Give where a task's metrics, computed from what is kept of each example, differ from the run's."""
    with _live(_untrained(registry, dataset, task)) as run:
        yield from _check_evaluation(run)


def check_scored(cell: Cell) -> Iterator[str]:
    """Give where an objective reports other values of the task's metrics than its predictions have."""
    if cell.primary != cell.task.primary:
        return  # it reports figures of its own
    with _live(cell) as run:
        drive = Drive(run, lambda progress: None, math.inf)
        with run.phase("train"):
            drive.train(cell.objective.train(run))
        drive.measure(cell.objective.measure(run))
        for split, reported in run.quality.items():
            evaluation = run.evaluator.own()
            for batch in run.data(split).batches():
                evaluation.add(batch, run.predict(batch))
            for name, value in evaluation.scores().figures.items():
                if name in reported and not _alike(value, reported[name]):
                    yield f"reports {split} {name} {reported[name]:.7g}; what it predicts has {value:.7g}"


def check_metrics(
    metrics: Metrics, predictions: Predictions, batch: Batch
) -> Generator[str, None, Mapping[str, float]]:
    """Give what is wrong with metrics of a batch; return the figures."""
    try:
        statistics = as_arrays(metrics.statistics(predictions, batch.targets), batch.size)
    except UnsuitableError as error:
        yield str(error)
        return {}
    found = metrics.compute(statistics)
    if not all(isinstance(value, float) for value in found.values()):
        yield "its metrics must be plain floats"
        return found
    if metrics.compute(statistics, np.ones(batch.size)) != found:
        yield "compute gives other figures with a weight of 1 for each example than without weights"
    weights = np.arange(batch.size) % 3 + 1
    repeated = {name: np.repeat(values, weights, axis=0) for name, values in statistics.items()}
    weighted, expected = metrics.compute(statistics, weights), metrics.compute(repeated)
    if weighted.keys() != expected.keys() or not all(_alike(weighted[n], expected[n]) for n in weighted):
        yield "an example of weight 2 does not count in compute as two examples do"
    return found


def _check_evaluation(run: LiveRun) -> Iterator[str]:
    for split in run.splits:
        deque(run.evaluate(split), maxlen=0)
    yield from run.evaluator.notes
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.parquet"
        write_predictions(path, run.contributions)
        kept = read_predictions(path)
    metrics = run.evaluator.full().metrics
    for split, contributions in kept.items():
        figures: dict[str, float] = {}
        for name, statistics in contributions.statistics.items():
            figures |= metrics[name].compute(statistics)
        if figures != run.quality[split]:
            yield f"computes {figures} of the statistics that are kept, {run.quality[split]} in the run"


def _untrained(registry: Registry, dataset: Dataset, task: Task) -> Cell:
    return small_cell(Untrained(), dataset, task, partner_backbone(registry, task))


@contextmanager
def _live(cell: Cell, metrics: Sequence[Metric] = ()) -> Iterator[LiveRun]:
    with tempfile.TemporaryDirectory() as folder, closing(Cache(Path(folder))) as cache:
        yield LiveRun(cell, cache, metrics=metrics)


def _alike(first: float, second: float) -> bool:
    """Tell whether values differ by no more than the order of sums and kept features account for."""
    return math.isclose(first, second, rel_tol=1e-3, abs_tol=1e-5)
