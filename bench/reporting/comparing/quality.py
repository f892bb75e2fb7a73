"""What became of the quality of rows: tested over the examples and seeds they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ...api import Column, Comparison
from ...statistics import judge
from ..averages import mean
from ..evidence import Evidence, data_of
from ..facts import QUALITY, Catalogue
from ..standings import RANKING_SPLITS, Replicates
from ..tables import column_of
from .rows import Match
from .terms import Ends, Terms, in_unit
from .values import Change, Measured

Figure = tuple[str, str]
"""A split and a metric."""


def quality_changes(
    match: Match, ends: Sequence[Ends], evidence: Evidence, terms: Terms
) -> Iterator[Mapping[Ends, Change]]:
    """Give the changes of each metric that rows rank by, then of those that are asked for."""
    catalogue = Catalogue(record for row in match.rows.values() for record in row.done)
    for split, metric in _figures(list(match.rows.values()), terms):
        column = column_of(catalogue.facts(QUALITY, metric), metric, split=split)
        rows = {number: row for number, row in match.rows.items() if row.scored(split, metric)}
        tested = _tested(rows, (split, metric), column, ends, evidence, terms)
        values = {number: row.values(split, metric) for number, row in rows.items()}
        means = {number: Measured.of(found) for number, found in values.items()}
        yield {
            pair: Change(
                column,
                "seeds",
                *(means.get(number) for number in pair),
                comparison=tested.get(pair),
                note="" if pair in tested else _why_not(rows, pair),
                identical=pair in tested and values[pair[0]] == values[pair[1]],
            )
            for pair in ends
            if any(number in rows for number in pair)
        }


def _figures(rows: Sequence[Replicates], terms: Terms) -> list[Figure]:
    """Return the metrics that are wanted, each on the first ranking split that most rows report on."""
    held = Counter(figure for row in rows for figure in _held(row))
    metrics = dict.fromkeys([*(row.done[0].primary for row in rows), *terms.asked])
    ranking = [(max(RANKING_SPLITS, key=lambda split: held[split, metric]), metric) for metric in metrics]
    named = [figure for figure in held if " ".join(figure) in terms.asked]
    return [figure for figure in dict.fromkeys([*ranking, *named]) if held[figure]]


def _held(row: Replicates) -> set[Figure]:
    return {
        (split, metric)
        for record in row.done
        for split, metrics in record.quality.items()
        for metric in metrics
    }


def _tested(
    rows: Mapping[int, Replicates],
    figure: Figure,
    column: Column,
    ends: Sequence[Ends],
    evidence: Evidence,
    terms: Terms,
) -> dict[Ends, Comparison]:
    """Return what can be said of pairs on equal data, on the examples that all rows have in common."""
    alike: dict[str, list[int]] = {}
    for number, row in rows.items():
        alike.setdefault(data_of(row.done[0]), []).append(number)
    found: dict[Ends, Comparison] = {}
    for numbers in alike.values():
        pairs = [pair for pair in ends if set(pair) <= set(numbers)]
        if pairs:
            gathered = evidence.scores([rows[number] for number in numbers], *figure)
            scores = dict(zip(numbers, gathered, strict=True))
            for first, second in pairs:
                margin = terms.margin.of(mean(rows[first].values(*figure)))
                family = judge([scores[second], scores[first]], margin=margin, alpha=terms.alpha)
                found[first, second] = in_unit(family.comparison(0, 1), column.figure.better)
    return found


def _why_not(rows: Mapping[int, Replicates], pair: Ends) -> str:
    return "not on the same data" if all(number in rows for number in pair) else "not measured on both sides"
