"""The leaderboard: a row for each contender and data set, with ranks in quality and in speed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ...api import Column, Contender, Measurement, Report, Row, Value, Verdict
from ...errors import NothingSelected
from ...records.conditions import Condition, quality_condition, resource_condition
from ...records.results import Results
from ...registry import Registry
from ..across import across
from ..circumstances import circumstances
from ..evidence import Evidence
from ..fastest import fastest, shown_conditions
from ..selecting import newest, selected
from ..standings import Replicates, Standings
from ..tables import all_tables
from ..verdicts import Ranking, rankings
from .contents import told_apart

Placed = Mapping[str, Measurement]
"""What ranks a row, by the titles of columns: with its interval, and its rank among others."""

Timed = tuple[str, str, tuple[tuple[str, Value], ...]]
"""What tells apart who takes part in verdicts on speed: data set, title, conditions."""


def make_leaderboard(
    results: Results,
    registry: Registry,
    *,
    only: str | None = None,
    dataset: str | None = None,
    margin: float = 0.0,
) -> Report:
    """Return a report whose only table has all contenders, of whichever folder and machine.

    Quality is averaged over all cells that were computed alike, and ranked on equal data alone. Speed is
    ranked among rows that were measured under equal conditions. A cell that was measured twice counts once.
    only, dataset: patterns of the titles of cells and of the names of data sets that take part. margin:
    within what difference of the figure that ranks two are the same.

    Raises NothingSelected if these leave no cell.
    """
    records = selected(told_apart(results.records), only, dataset)
    if not records:
        raise NothingSelected("no cell of these results fits --only and --dataset")
    standings = Standings(newest(records, resource_condition))
    speeds = fastest(standings)
    _, summary = all_tables(standings, {})
    quality = Standings(newest(records, quality_condition))
    found = rankings(quality, Evidence(results, registry), margin)
    ranked = [(ranking, ranking.verdict(summary)) for ranking in found]
    placed = _placed(standings.resources, ranked, speeds)
    rows = [_row(row, found, summary.columns) for row, found in zip(summary.rows, placed, strict=True)]
    table = replace(summary, name="leaderboard", rows=rows)
    return Report(
        tables=[table],
        summary=table,
        verdicts=[verdict for _, verdict in ranked],
        fastest=speeds,
        circumstances=circumstances(standings, results),
        across=across([ranking for ranking, _ in ranked]),
    )


def _placed(
    rows: Sequence[Replicates],
    ranked: Iterable[tuple[Ranking, Verdict]],
    speeds: Iterable[Verdict],
) -> list[Placed]:
    """Return what ranks each row: its quality, of all its cells wherever they ran, and its speeds."""
    by_quality: dict[tuple[str, Condition], Placed] = {}
    for ranking, verdict in ranked:
        for row, contender in zip(ranking.rows, verdict.contenders, strict=True):
            by_quality[_alike(row)] = {verdict.column.title: _measurement(contender, verdict)}
    by_speed: dict[Timed, dict[str, Measurement]] = {}
    for verdict in speeds:
        for contender in verdict.contenders:
            key = (verdict.dataset, contender.title, tuple(verdict.conditions.items()))
            by_speed.setdefault(key, {})[verdict.column.title] = _measurement(contender, verdict)
    return [
        {**by_quality.get(_alike(row), {}), **by_speed.get(_timed(row), {})} if row.done else {}
        for row in rows
    ]


def _alike(row: Replicates) -> tuple[str, Condition]:
    """Return what is equal for rows whose quality is averaged together."""
    return (row.done[0].row, quality_condition(row.done[0]))


def _timed(row: Replicates) -> Timed:
    return (row.dataset, row.title, tuple(shown_conditions(row.done[0]).items()))


def _measurement(contender: Contender, verdict: Verdict) -> Measurement:
    rank = contender.rank if len(verdict.contenders) > 1 else None
    return Measurement(
        contender.mean, contender.spread, n=contender.n, interval=contender.interval, rank=rank
    )


def _row(row: Row, placed: Placed, columns: Sequence[Column]) -> Row:
    """Return a row with what ranks it; of a speed the table's own value stays, with the interval and rank."""
    measurements = [
        _merged(measurement, placed.get(column.title), column)
        for measurement, column in zip(row.measurements, columns, strict=True)
    ]
    return replace(row, measurements=measurements)


def _merged(own: Measurement | None, placed: Measurement | None, column: Column) -> Measurement | None:
    if placed is None or (column.split and own is None):
        return own
    if column.split or own is None:
        return placed
    return replace(own, interval=placed.interval, rank=placed.rank)
