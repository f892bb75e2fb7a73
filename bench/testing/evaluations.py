"""Do metrics keep their contract, and do figures agree with what is predicted and with what is kept?"""

from __future__ import annotations

import math
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..api import Batch, Dataset, Figure, Metric, Metrics, Objective, Predictions, Run, Steps, Task
from ..errors import UnsuitableError
from ..feeding.cache import Cache
from ..planning.cell import Cell
from ..records.predictions import read_predictions, write_predictions
from ..registry import Registry
from ..trial.evaluation import as_arrays
from ..trial.live import LiveRun
from ..trial.trial import Drive
from .figures import check_reported
from .partners import first, partner_backbone, problems, small_cell

Statistics = Mapping[str, NDArray[Any]]

ROUNDING = 1e-5
"""By how much figures may differ that were computed in float32."""


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
        yield from check_metrics(metric.metrics(run.info), metric.figures, run.predict(batch), batch)


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
            evaluation = run.evaluator.own(run.supply.selection.counted(split))
            for batch in run.data(split).batches():
                evaluation.add(batch, run.predict(batch))
            for name, value in evaluation.scores().figures.items():
                if name in reported and not _alike(value, reported[name]):
                    yield f"reports {split} {name} {reported[name]:.7g}; what it predicts has {value:.7g}"


def check_metrics(
    metrics: Metrics, declared: Sequence[Figure], predictions: Predictions, batch: Batch
) -> Generator[str, None, Mapping[str, float]]:
    """Give what is wrong with metrics of a batch, which compute the declared figures; return these."""
    try:
        statistics = metrics.settle(as_arrays(metrics.statistics(predictions, batch.targets), batch.size))
    except UnsuitableError as error:
        yield str(error)
        return {}
    found = metrics.compute(statistics)
    if not all(isinstance(value, float) for value in found.values()):
        yield "its metrics must be plain floats"
        return found
    yield from check_reported(found, declared)
    yield from _check_weights(metrics, statistics, batch.size)
    for figure in declared:
        if figure.mean_of:
            yield from _check_mean(figure, metrics, statistics, batch.size)
    return found


def _check_weights(metrics: Metrics, statistics: Statistics, count: int) -> Iterator[str]:
    if metrics.compute(statistics, np.ones(count)) != metrics.compute(statistics):
        yield "compute gives other figures with a weight of 1 for each example than without weights"
    weights = np.arange(1, count + 1) % 4
    found = metrics.compute(statistics, weights)
    if not _equal(found, metrics.compute(_repeated(statistics, weights))):
        yield "examples of weight 0 and 2 do not count in compute as none and two do"
    if not _equal(found, metrics.compute(_repeated(statistics, 2), np.repeat(weights, 2) / 2)):
        yield "two examples of weight 0.5 do not count in compute as one example does"


def _repeated(statistics: Statistics, times: int | NDArray[Any]) -> Statistics:
    return {name: np.repeat(values, times, axis=0) for name, values in statistics.items()}


def _check_mean(figure: Figure, metrics: Metrics, statistics: Statistics, count: int) -> Iterator[str]:
    claim = f"figure '{figure.name}' is declared the mean of '{figure.mean_of}'"
    scores = statistics.get(figure.mean_of)
    if scores is None:
        yield f"{claim}, which is not among its statistics: {', '.join(sorted(statistics))}"
        return
    if scores.ndim != 1:
        yield f"{claim}, which has more than one number for an example"
        return
    weights = np.random.default_rng(0).uniform(0.5, 1.5, count)
    value, mean = metrics.compute(statistics, weights).get(figure.name), np.average(scores, weights=weights)
    if value is not None and not _close(value, mean):
        yield f"{claim}, but is {value:.7g} where that is {mean:.7g}"


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
        run = LiveRun(cell, cache, metrics=metrics)
        with closing(run.supply):
            yield run


def _equal(first: Mapping[str, float], second: Mapping[str, float]) -> bool:
    """Tell whether figures of the same examples are equal but for rounding."""
    return first.keys() == second.keys() and all(_close(first[name], second[name]) for name in first)


def _close(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _alike(first: float, second: float) -> bool:
    """Tell whether values differ by no more than the order of sums and kept features account for."""
    return math.isclose(first, second, rel_tol=1e-3, abs_tol=1e-5)
