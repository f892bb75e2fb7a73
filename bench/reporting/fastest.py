"""What is fastest for each data set, under which conditions, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import exp

import numpy as np

from ..api import HOUSEKEEPING, Column, Comparison, Contender, Interval, Value, Verdict
from ..records.conditions import Condition, conditions_of, resource_condition
from ..records.record import Record
from ..statistics import Scores, judge
from ..toolkit.rendering import plain
from .averages import deviation, mean
from .runs import Key, rates
from .standings import Replicates, Standings
from .tables import column_of, in_order
from .verdicts import CONFIDENCE

LARGEST = 700.0
"""The largest logarithm whose number a float can hold."""


@dataclass(frozen=True)
class Timed:
    """A row whose speed was measured, and the rates of the runs of each of its cells."""

    row: Replicates
    by_cell: Mapping[str, Sequence[float]]

    @cached_property
    def mean(self) -> float:
        """The mean over cells, each the mean of its runs."""
        return mean(list(map(mean, self.by_cell.values())))

    @property
    def rates(self) -> list[float]:
        """The rate of each run."""
        return [rate for runs in self.by_cell.values() for rate in runs]


def fastest(standings: Standings) -> list[Verdict]:
    """Return a verdict for each data set, phase and all conditions, by the speeds that are headlines.

    What trains and evaluates on features that were encoded beforehand is compared with its like only.
    Speeds found in the cache do not count. The unit is the run, of whichever seed; as speeds vary in
    proportion to themselves, their logarithms are judged.
    """
    groups: dict[tuple[str, bool, Condition], list[Replicates]] = {}
    for row in standings.resources:
        if row.done:
            key = (row.dataset, row.encoded, resource_condition(row.done[0]))
            groups.setdefault(key, []).append(row)
    return [
        _verdict(
            standings,
            timed,
            column_of(standings.figures.facts(table, name), name, phase=phase),
            encoded=encoded,
        )
        for (_, encoded, _), rows in groups.items()
        for table, name in standings.figures.speeds()
        for phase in _phases(rows, table)
        if (timed := _timed(standings, rows, table, (phase, name)))
    ]


def _verdict(standings: Standings, timed: Sequence[Timed], column: Column, *, encoded: bool) -> Verdict:
    family = judge([_scores(item) for item in timed], alpha=1 - CONFIDENCE, runs=True)
    ranks = family.ranks
    return Verdict(
        timed[0].row.dataset,
        column,
        [_contender(standings, item, family.interval(at), ranks[at]) for at, item in enumerate(timed)],
        over="runs",
        comparisons=list(map(_ratio, family.against_others(0))),
        confidence=CONFIDENCE,
        conditions=shown_conditions(timed[0].row.done[0]),
        encoded=encoded,
    )


def _phases(rows: Sequence[Replicates], table: str) -> list[str]:
    """Return the phases of which a table holds figures, but for housekeeping."""
    readings = [record.resources.get(table, {}) for row in rows for record in row.done]
    phases = dict.fromkeys(phase for reading in readings for phase in reading)
    return sorted((phase for phase in phases if phase not in HOUSEKEEPING), key=in_order)


def _timed(standings: Standings, rows: Sequence[Replicates], table: str, key: Key) -> list[Timed]:
    """Return the rows of which a rate was measured, the fastest first."""
    cached = standings.figures.playing("cached").get(table, [])
    found = []
    for row in rows:
        measured = {record.id: rates(record, table, key, cached) for record in row.done}
        if by_cell := {id: runs for id, runs in measured.items() if runs}:
            found.append(Timed(row, by_cell))
    return sorted(found, key=lambda timed: -timed.mean)


def _scores(timed: Timed) -> Scores:
    return Scores(np.log(timed.rates), kind=timed.row.objective)


def _contender(
    standings: Standings, timed: Timed, interval: Interval | None, rank: tuple[int, int]
) -> Contender:
    return Contender(
        timed.row.title,
        timed.mean,
        deviation(timed.rates),
        len(timed.rates),
        rank,
        interval and replace(interval, low=_exp(interval.low), high=_exp(interval.high)),
        busy=sum(standings.busy[id] for id in timed.by_cell),
        cells=list(timed.by_cell),
    )


def _ratio(found: Comparison) -> Comparison:
    """Return a comparison of logarithms as one of what they are of: a difference is a ratio."""
    return replace(found, difference=_exp(found.difference), low=_exp(found.low), high=_exp(found.high))


def _exp(value: float) -> float:
    return exp(min(value, LARGEST))


def shown_conditions(record: Record) -> dict[str, Value]:
    """Return where and how a cell was measured, by name, as reports show it."""
    found = conditions_of(record)
    return {name: plain(value) if isinstance(value, str) else value for name, value in found.items()}
