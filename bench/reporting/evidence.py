"""What the verdicts rest on: the scores of rows, by seed and by example."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from math import isclose

import numpy as np

from ..records.contributions import TASK, Array, Contributions
from ..records.record import QUALITY, Record
from ..records.results import Results
from ..registry import Registry
from ..statistics import Scores, grouped, jackknife
from .computing import Computers
from .facts import UNKNOWN
from .standings import Replicates

KEYS_ALONE = "-"
"""No statistic can have this name: of predictions only that is read which says which examples there are."""

TOLERANCE = 1e-5
"""How far what is computed of kept predictions may be from the recorded figure, which some tasks round."""


@dataclass(frozen=True)
class Kept:
    """What was kept of the examples of a cell's split, as far as one figure needs it.

    source: which data they are of. index, groups: as in `Contributions`. values: what each contributes,
    `[N]`, where the figure is the mean of that; None where it has to be computed.
    """

    source: str
    index: Array
    groups: Array | None
    values: Array | None


@dataclass(frozen=True)
class Shared:
    """The examples that cells have in common, by their positions, ascending, `[N]`; their groups if any."""

    index: Array
    groups: Array | None

    def places(self, kept: Kept) -> Array:
        """Return where in what was kept of a cell these examples are, `[N]`."""
        return np.searchsorted(kept.index, self.index)


@dataclass(frozen=True)
class Gathered:
    """The scores of rows, and how many examples all have in common; None where that cannot be told."""

    scores: Sequence[Scores]
    examples: int | None


class Evidence:
    """Reads what the examples of cells contribute, and makes figures of it by the plugins' own metrics."""

    def __init__(self, results: Results, registry: Registry) -> None:
        self.results = results
        self.computers = Computers(registry)

    def scores(self, rows: Sequence[Replicates], split: str, metric: str) -> Sequence[Scores]:
        """Return what rows scored by a metric on a split, the higher the better, on the units they share."""
        return self.gathered(rows, split, metric).scores

    def gathered(self, rows: Sequence[Replicates], split: str, metric: str) -> Gathered:
        """Return the scores, and on how many examples they are.

        Where a metric is a mean over examples, what these contribute is read. Where it is not, it is what the
        jackknife makes of the plugin's own `Metrics.compute`. Where neither can be had, of a pretraining
        objective's own figures for example, or where it does not agree with the record, the scores are of
        seeds alone.
        """
        figure = FigureOn(self.results, self.computers, split, metric)
        cells = [row.scored(split, metric) for row in rows]
        kept = {id(record): figure.kept(record) for row in cells for record in row}
        shared = _shared([item for item in kept.values() if item is not None])
        scores = [
            figure.scores(row, [kept[id(record)] for record in row], shared, kind.objective)
            for row, kind in zip(cells, rows, strict=True)
        ]
        complete = all(item.examples is not None for item in scores)
        return Gathered(scores, len(shared.index) if shared is not None and complete else None)


@dataclass(frozen=True)
class FigureOn:
    """A figure of quality on a split, and where to read of it."""

    results: Results
    computers: Computers
    split: str
    metric: str

    def kept(self, record: Record) -> Kept | None:
        """Return what was kept of a cell; None if nothing was, or if it does not give the recorded figure."""
        mean_of = self.computers.mean_of(record, self.metric)
        found = self._read(record, mean_of or KEYS_ALONE)
        if found is None:
            return None
        values = None
        if mean_of:
            # Several metrics may have a statistic of one name.
            likely = dict.fromkeys([self.computers.owner(record, self.metric), TASK, *found.statistics])
            named = (found.statistics.get(name or TASK, {}).get(mean_of) for name in likely)
            values = next((item for item in named if item is not None and self._is_mean(record, item)), None)
            if values is None:
                return None
        return Kept(data_of(record) + found.source, found.index, found.groups, values)

    def scores(
        self, records: Sequence[Record], kept: Sequence[Kept | None], shared: Shared | None, kind: str
    ) -> Scores:
        """Return the scores of the cells of a row."""
        facts = records[0].figures.get(QUALITY, {}).get(self.metric, UNKNOWN)
        sign = -1.0 if facts.better == "lower" else 1.0
        draws = _draws(records)
        means = sign * np.array([self._recorded(record) for record in records])
        alone = Scores(means, kind=kind, draws=draws)
        if shared is None:
            return alone
        found = [
            self._of_cell(record, item, shared) if item is not None else None
            for record, item in zip(records, kept, strict=True)
        ]
        whole = [item for item in found if item is not None]
        if len(whole) < len(records):
            return alone
        shared_means, units = zip(*whole, strict=True)
        return Scores(sign * np.array(shared_means), sign * np.stack(units), kind, draws)

    def _of_cell(self, record: Record, kept: Kept, shared: Shared) -> tuple[float, Array] | None:
        """Return the figure of a cell on shared examples, and what units contribute to it."""
        places = shared.places(kept)
        if kept.values is None:
            return self._computed(record, places, shared.groups)
        values = kept.values[places].astype(np.float64)
        mean = self._recorded(record) if len(places) == len(kept.index) else float(values.mean())
        return mean, values if shared.groups is None else grouped(values[None], shared.groups)[0]

    def _computed(self, record: Record, places: Array, groups: Array | None) -> tuple[float, Array] | None:
        computing = self.computers.of(record, self.metric)
        found = self._read(record)
        if computing is None or found is None:
            return None
        every = found.statistics.get(computing.name, {})
        some = {name: values[places] for name, values in every.items()}

        def figure(weights: Array | None = None) -> float | None:
            return computing.metrics.compute(some, weights).get(self.metric)

        try:
            if not self._agrees(record, computing.metrics.compute(every).get(self.metric)):
                return None
            mean, units = figure(), jackknife(figure, len(places), groups)
        except Exception:  # whatever a stranger's plugin raises
            return None
        return None if mean is None or units is None else (mean, units)

    def _read(self, record: Record, only: str | None = None) -> Contributions | None:
        splits = self.results.predictions(record, only)
        return next((found for split, found in (splits or {}).items() if split == self.split), None)

    def _recorded(self, record: Record) -> float:
        return record.quality[self.split][self.metric]

    def _is_mean(self, record: Record, values: Array) -> bool:
        return values.ndim == 1 and self._agrees(record, float(values.mean()))

    def _agrees(self, record: Record, figure: float | None) -> bool:
        recorded = self._recorded(record)
        return figure is not None and isclose(figure, recorded, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _shared(kept: Sequence[Kept]) -> Shared | None:
    """Return the examples that cells have in common; None if these are fewer than two."""
    if not kept or len({item.source for item in kept}) > 1:
        return None
    first = kept[0]
    if all(np.array_equal(item.index, first.index) for item in kept):
        index = first.index
    else:
        index = reduce(np.intersect1d, [item.index for item in kept])
    if len(index) < 2:
        return None
    groups = None if first.groups is None else first.groups[np.searchsorted(first.index, index)]
    return Shared(index, groups)


def _draws(records: Sequence[Record]) -> tuple[tuple[int, str], ...]:
    """Return what tells the training examples of seeds apart; nothing where all had the same."""
    redrawn = all(record.data.get("redrawn") for record in records)
    return tuple((record.seed, data_of(record)) for record in records) if redrawn else ()


def data_of(record: Record) -> str:
    """Return what is equal for cells on the same data: only of these are equal positions equal examples."""
    return json.dumps(record.identity.get("dataset") or record.cell.get("dataset"), sort_keys=True)
