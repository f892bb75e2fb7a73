"""Evaluation: the task's metrics, and all installed ones that suit, on what is predicted for a split."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..api import Batch, DatasetInfo, Figure, Metric, Metrics, Predictions, Split, Task
from ..errors import UnsuitableError
from ..feeding.arrays import Array
from ..feeding.device import begin_copy
from ..feeding.splits import Subset
from ..records.contributions import KEY, TASK, Contributions
from ..toolkit.messages import one_line
from .divergence import ADVICE, broken

Statistics = dict[str, Array]
NAME = re.compile(r"[a-z0-9_]+")
HALVES = (torch.float16, torch.bfloat16)
"""Not every reader of tables knows these; float32 holds their values as they are."""


class Evaluator:
    """What a cell is scored by: its task's metrics, and the installed ones that suit it (`further`).

    One of these that fails loses its own figures and nothing else; `notes` says so.

    Raises UnsuitableError if two of them compute figures of the same name.
    """

    def __init__(self, task: Task, info: DatasetInfo, installed: Sequence[Metric] = ()) -> None:
        self.task = task
        self.info = info
        self.further: dict[str, Metric] = {}
        self.notes: list[str] = []
        for metric in installed:
            with guard(metric.name, self.further, self.notes):
                if metric.suits(task, info):
                    self.further[metric.name] = metric
        _refuse_clashes(self.further)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What is computed beside the task's own figures."""
        return tuple(chain.from_iterable(metric.figures for metric in self.further.values()))

    def own(self, counted: Array | None = None) -> Evaluation:
        """Return an evaluation by the task's metrics alone; `counted` is as `Evaluation` has it."""
        return Evaluation({TASK: self.task.metrics(self.info)}, self.notes, counted)

    def full(self, counted: Array | None = None) -> Evaluation:
        """Return an evaluation by all metrics; `counted` is as `Evaluation` has it."""
        metrics = {TASK: self.task.metrics(self.info)}
        for name, metric in self.further.items():
            with guard(name, metrics, self.notes):
                metrics[name] = metric.metrics(self.info)
        return Evaluation(metrics, self.notes, counted)


def _refuse_clashes(metrics: Mapping[str, Metric]) -> None:
    owners: dict[str, str] = {}
    for name, metric in metrics.items():
        for figure in metric.figures:
            owner = owners.setdefault(figure.name, name)
            if owner != name:
                raise UnsuitableError(
                    f"metrics '{owner}' and '{name}' both compute '{figure.name}'; uninstall one of them"
                )


@dataclass(frozen=True)
class Scores:
    """What an evaluation found: figures by name, and the statistics of examples by metric, `[N, ...]` each.

    `examples` are their positions in the split, `[N]`, ascending, without candidates. Of `broken` ones of all
    that were `seen`, candidates too, what is predicted is not finite.
    """

    figures: dict[str, float]
    examples: Array
    statistics: dict[str, Statistics]
    seen: int
    broken: int = 0

    def demand_finite(self, split: Split) -> None:
        """Raise UnsuitableError if what is predicted of any example of the split is not finite."""
        if self.broken:
            raise UnsuitableError(
                f"{split}: what is predicted of {self.broken} of {self.seen} examples is not finite; {ADVICE}"
            )

    def kept(self, selection: Subset, groups: Array | None) -> Contributions:
        """Return what is to be kept of the examples that were selected for the split.

        `groups` are the numbers of the groups of all examples of the data set's own split, if it has groups.
        """
        index = selection.positions[self.examples]
        return Contributions(
            selection.source, index, self.statistics, None if groups is None else groups[index]
        )


class Evaluation:
    """Gathers what the examples of a split contribute to some metrics, and computes these at the end.

    `metrics` are the task's, under the name `TASK`, and further ones under theirs. `counted` says which
    examples of the split figures are of, `[N]`, by default all; the others are candidates
    (`Dataset.candidates`), of which metrics see what they contribute until it is settled.

    Statistics are waited for only when those of the next batch were asked for, so that a GPU is never idle
    meanwhile.
    """

    def __init__(
        self, metrics: Mapping[str, Metrics], notes: list[str], counted: Array | None = None
    ) -> None:
        self.metrics = dict(metrics)
        self.notes = notes
        self.counted = counted
        self._examples: list[int] = []
        self._broken = 0
        self._batches: dict[str, list[Statistics]] = {name: [] for name in metrics}
        self._arriving: list[Callable[[], None]] = []

    def add(self, batch: Batch, predictions: Predictions) -> None:
        """Take in what is predicted for a batch."""
        before, self._arriving = self._arriving, []
        self._examples.extend(batch.indices)
        wrong = broken(predictions)
        if wrong is not None:
            self._arriving.append(partial(self._count, begin_copy(wrong.sum())))
        for name, metrics in list(self.metrics.items()):
            with guard(name, self.metrics, self.notes):
                found = begin_copies(metrics.statistics(predictions, batch.targets), batch.size)
                self._arriving.append(partial(self._keep, name, found))
        for arrive in before:
            arrive()

    def _count(self, wrong: Callable[[], Tensor]) -> None:
        self._broken += int(wrong())

    def _keep(self, name: str, found: Mapping[str, Callable[[], Array]]) -> None:
        self._batches[name].append({kind: arrive() for kind, arrive in found.items()})

    def scores(self) -> Scores:
        """Return what was found.

        Raises UnsuitableError if a further metric computes a figure of the same name as one of the task's.
        """
        for arrive in self._arriving:
            arrive()
        # In the order of the split, not in the fastest one, as they came: sums of floats depend on it.
        order = np.argsort(self._examples, kind="stable")
        examples = np.array(self._examples)[order]
        counted = np.ones(len(examples), bool) if self.counted is None else self.counted[examples]
        statistics: dict[str, Statistics] = {}
        figures: dict[str, dict[str, float]] = {}
        for name, metrics in list(self.metrics.items()):
            with guard(name, self.metrics, self.notes):
                settled = metrics.settle(_joined(self._batches[name], order))
                statistics[name] = {kind: values[counted] for kind, values in settled.items()}
                found = metrics.compute(statistics[name])
                if name != TASK:
                    _demand_finite(found)
                figures[name] = found
        statistics = {name: statistics[name] for name in figures}
        return Scores(_merged(figures), examples[counted], statistics, len(examples), self._broken)


def as_arrays(statistics: Mapping[str, Any], count: int) -> Statistics:
    """Return statistics of so many examples as arrays that can be kept, texts as arrays of objects.

    Raises UnsuitableError for a name that no column can have, or a tensor that does not fit.
    """
    return {name: arrive() for name, arrive in begin_copies(statistics, count).items()}


def begin_copies(statistics: Mapping[str, Any], count: int) -> dict[str, Callable[[], Array]]:
    """Begin to make arrays of statistics of so many examples; return what waits for each, and gives it.

    Raises UnsuitableError for a name that no column can have, or a tensor that does not fit.
    """
    for name, values in statistics.items():
        if not NAME.fullmatch(name) or name in KEY:
            raise UnsuitableError(
                f"statistic '{name}' needs another name: lower case letters, digits and '_'"
            )
        shape = values.shape if isinstance(values, Tensor) else (len(values),)
        if not shape or shape[0] != count or 0 in shape:
            raise UnsuitableError(f"statistic '{name}' is {list(shape)} for {count} examples")
    return {name: _arriving(values) for name, values in statistics.items()}


def _arriving(values: Any) -> Callable[[], Array]:
    if not isinstance(values, Tensor):
        return lambda: np.array(values, dtype=object)
    copy = begin_copy(values)
    return lambda: _of_tensor(copy())


def _of_tensor(tensor: Tensor) -> Array:
    array: Array = (tensor.float() if tensor.dtype in HALVES else tensor).numpy()
    return array


def _joined(batches: Sequence[Statistics], order: Array) -> Statistics:
    return {name: np.concatenate([batch[name] for batch in batches])[order] for name in batches[0]}


def _demand_finite(figures: Mapping[str, float]) -> None:
    for name, value in figures.items():
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}")


def _merged(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the figures of all metrics in one mapping, the task's first."""
    merged: dict[str, float] = {}
    for metric, found in figures.items():
        if taken := merged.keys() & found.keys():
            raise UnsuitableError(
                f"metric '{metric}' computes '{min(taken)}', as the task does; rename or uninstall it"
            )
        merged |= found
    return merged


@contextmanager
def guard(name: str, among: dict[str, Any], notes: list[str]) -> Iterator[None]:
    """Let a metric that fails drop out with a note; a fault in the task's own is raised."""
    try:
        yield
    except Exception as error:
        if name == TASK:
            raise
        among.pop(name, None)
        note = f"metric '{name}' failed: {type(error).__name__}: {one_line(error)}"
        if note not in notes:  # most fail on every split alike
            notes.append(note)
