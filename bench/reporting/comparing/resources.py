"""What became of speeds, memory and other resources: tested over runs, under equal conditions alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, comb, log

import numpy as np

from ...api import HOUSEKEEPING, WHOLE, Answer, Better, Column, Comparison
from ...records.conditions import USED, Condition, resource_condition
from ...statistics import Scores, judge
from ..facts import Catalogue
from ..runs import Key, rates
from ..standings import Replicates
from ..tables import column_of, in_order
from .rows import Match
from .terms import Ends, Terms, as_ratio
from .values import Change, Measured

RUNS = 5
"""Of how many runs conclusions can be drawn."""

CONDITIONS = ("machine", "device", "device_name", *USED)
"""What the items of `resource_condition` are called."""


@dataclass(frozen=True)
class Samples:
    """What the runs of each side measured of a figure, by condition; without what was found in the cache."""

    column: Column
    table: str
    by_side: Mapping[int, Mapping[Condition, Sequence[float]]]

    def shared(self, pair: Ends) -> Condition | None:
        """Return a condition under which both sides of a pair were measured."""
        first, second = (self.by_side.get(number, {}) for number in pair)
        return next((condition for condition in first if condition in second), None)

    def measured(self, number: int, condition: Condition | None) -> Measured | None:
        """Return what a side has of it, under a condition if one is given."""
        found = self.by_side.get(number, {})
        values = [value for at, part in found.items() if condition in (None, at) for value in part]
        return Measured.of(values) if values else None

    def identical(self, pair: Ends) -> bool:
        """Tell whether the runs of both sides of a pair measured the same, under the condition they share."""
        condition = self.shared(pair)
        if condition is None:
            return False
        first, second = (self.by_side[number][condition] for number in pair)
        return first == second


def resource_changes(match: Match, ends: Sequence[Ends], terms: Terms) -> Iterator[tuple[Ends, Change]]:
    """Give the changes of each resource that has a place in the summary, and of those that are asked for."""
    present = [pair for pair in ends if set(pair) <= match.rows.keys()]
    for samples in _samples(match.rows, terms):
        for pair in present:
            if any(number in samples.by_side for number in pair):
                yield pair, _change(samples, pair, match.rows, terms)


def _samples(rows: Mapping[int, Replicates], terms: Terms) -> Iterator[Samples]:
    """Give what was measured of each figure that is wanted."""
    catalogue = Catalogue(record for row in rows.values() for record in row.done)
    cached = catalogue.playing("cached")
    keys = dict.fromkeys(key for row in rows.values() for key in _measured(row))
    columns = {
        (table, phase, name): column_of(catalogue.facts(table, name), name, phase=phase)
        for table, phase, name in keys
    }
    for (table, phase, name), column in sorted(columns.items(), key=lambda item: _order(item[1])):
        if _is_shown(column) or column.title in terms.asked:
            measured = {
                number: _by_condition(row, table, (phase, name), cached.get(table, []))
                for number, row in rows.items()
            }
            yield Samples(column, table, {number: found for number, found in measured.items() if found})


def _measured(row: Replicates) -> Iterator[tuple[str, str, str]]:
    for record in row.done:
        for table, phases in record.resources.items():
            for phase, reading in phases.items():
                yield from ((table, phase, name) for name in reading)


def _is_shown(column: Column) -> bool:
    figure = column.figure
    return figure.headline > 0 and figure.better != "neither" and column.phase not in HOUSEKEEPING


def _order(column: Column) -> tuple[bool, int, int]:
    return (not column.figure.headline, column.figure.headline, in_order(column.phase))


def _by_condition(
    row: Replicates, table: str, key: Key, cached: Sequence[str]
) -> dict[Condition, list[float]]:
    found: dict[Condition, list[float]] = {}
    for record in row.done:
        if values := rates(record, table, key, cached):
            found.setdefault(resource_condition(record), []).extend(values)
    return found


def _change(samples: Samples, pair: Ends, rows: Mapping[int, Replicates], terms: Terms) -> Change:
    condition = samples.shared(pair)
    first, second = (samples.measured(number, condition) for number in pair)
    comparison, note = None, ""
    if first is None or second is None:
        note = "not measured on both sides"
    elif condition is None:
        note = f"conditions differ: {_differing(*(samples.by_side[number] for number in pair))}"
    elif samples.column.phase != WHOLE and len({rows[number].encoded for number in pair}) > 1:
        # What is computed on features encoded beforehand is compared with its like only.
        note = "one of them works on features encoded beforehand"
    else:
        values = [samples.by_side[number][condition] for number in pair]
        comparison = _tested(values, [rows[number] for number in pair], samples.column.figure.better, terms)
        note = _needed(samples, [rows[number] for number in pair], min(first.n, second.n), terms)
    return Change(samples.column, "runs", first, second, comparison, note, samples.identical(pair))


def _tested(
    values: Sequence[Sequence[float]], rows: Sequence[Replicates], better: Better, terms: Terms
) -> Comparison | None:
    """Return what the second is to the first; None where that cannot be told."""
    first, second = values
    if len(set(first)) == len(set(second)) == 1:
        return _constant(second, first, better, terms) if min(len(first), len(second)) >= RUNS else None
    if min(len(first), len(second)) < 2:
        return None
    sign = -1.0 if better == "lower" else 1.0
    scores = [Scores(sign * np.log(side), kind=row.objective) for side, row in zip(values, rows, strict=True)]
    family = judge(scores, margin=terms.margins.resources.logarithm, alpha=terms.alpha, runs=True)
    return as_ratio(family.comparison(1, 0), better)


def _constant(first: Sequence[float], second: Sequence[float], better: Better, terms: Terms) -> Comparison:
    """Return what the first of two is to the second, each of which never varies, as memory may be.

    Of equal ones as many runs are that far apart in two of all ways to deal them out (Fisher 1935).
    """
    ratio = first[0] / second[0]
    p = 2 / comb(len(first) + len(second), len(first)) if ratio != 1 else 1.0
    answer: Answer = "better" if (ratio > 1) == (better == "higher") else "worse"
    if abs(log(ratio)) < terms.margins.resources.logarithm:
        answer = "same"
    elif p > terms.alpha:
        answer = "undecided"
    return Comparison(ratio, ratio, ratio, p, answer, "runs")


def _needed(samples: Samples, rows: Sequence[Replicates], runs: int, terms: Terms) -> str:
    """Return what is missing to conclude anything; empty if nothing is."""
    if runs >= RUNS:
        return ""
    repeated = (samples.table, samples.column.figure.name) in terms.repeated
    how = f"--repeat {ceil(RUNS / min(len(row.done) for row in rows))}" if repeated else "more seeds"
    return f"{runs} {'run' if runs == 1 else 'runs'} each; {RUNS} needed: {how}"


def _differing(first: Mapping[Condition, object], second: Mapping[Condition, object]) -> str:
    """Return in which conditions two sides differ; of several of either, the first counts."""
    told = zip(CONDITIONS, next(iter(first)), next(iter(second)), strict=True)
    return ", ".join(f"{name} {one} → {other}" for name, one, other in told if one != other)
