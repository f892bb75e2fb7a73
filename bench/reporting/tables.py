"""Tables: a row for the cells that differ only in their seed, a column for a figure of a phase or split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..api import APART, HOUSEKEEPING, WHOLE, Column, Figure, Interval, Measurement, Row, Table, Value
from ..records.conditions import USED, device_kind, machine_of
from ..records.record import QUALITY, Facts, Record
from ..toolkit.rendering import plain
from .averages import summarised
from .runs import Key, Runs, measured
from .standings import RANKING_SPLITS, Replicates, Standings

ACCURACY, SUMMARY = "accuracy", "summary"

Figures = Mapping[Column, Sequence[Measurement | None]]
"""What each row has of each column."""


@dataclass(frozen=True)
class Placing:
    """Where the figure that ranks some cells truly lies, and the places they may have by it."""

    split: str
    metric: str
    interval: Interval | None
    rank: tuple[int, int] | None


Placings = Mapping[frozenset[str], Placing]
"""These by the ids of the cells that are done."""


def all_tables(standings: Standings, placings: Placings) -> tuple[list[Table], Table]:
    """Return the table of quality and one for each table of resources in the records, and their summary."""
    rows = standings.resources
    names = dict.fromkeys(name for record in standings.records for name in record.resources)
    resources = {name: _resources(standings, name) for name in names if name not in (ACCURACY, SUMMARY)}
    tables = [_table(plain(name), rows, figures, standings.busy) for name, figures in resources.items()]
    every = {column: found for figures in resources.values() for column, found in figures.items()}
    headlines = {column: every[column] for column in _headlines(every)}
    ranking = _placed(_ranking(standings), rows, placings)
    summary = _table(SUMMARY, rows, {**ranking, **headlines}, standings.busy)
    quality = _placed(_quality(standings), standings.quality, placings)
    return [_table(ACCURACY, standings.quality, quality), *tables], summary


def column_of(facts: Facts, name: str, *, phase: str = WHOLE, split: str = "") -> Column:
    """Return the column of a figure of a phase, or on a split."""
    figure = Figure(
        plain(name),
        plain(facts.unit),
        better=facts.better,
        headline=facts.headline,
        by_phase=bool(phase),
        role=facts.role,
    )
    title = f"{split} {name}" if split else figure.column(phase)
    return Column(figure, plain(title), plain(phase), plain(split))


def in_order(phase: str) -> int:
    """Return a number to sort phases by: those of training come first, then encoding and evaluation."""
    return APART.index(phase) + 1 if phase in APART else 0


def _quality(standings: Standings) -> Figures:
    """Return quality by split: metrics that rank first, and the splits on which they do."""
    found = {_on(standings, *key): values for key, values in _summarised(standings.quality, _held).items()}
    metrics = list(dict.fromkeys([*map(plain, _primaries(standings)), *(c.figure.name for c in found)]))
    splits = list(dict.fromkeys([*RANKING_SPLITS, *(column.split for column in found)]))
    columns = sorted(found, key=lambda c: (metrics.index(c.figure.name), splits.index(c.split)))
    return {column: found[column] for column in columns}


def _ranking(standings: Standings) -> Figures:
    """Return the metrics that rank on the splits on which they do, for rows of resources."""
    wanted = [(split, metric) for metric in _primaries(standings) for split in RANKING_SPLITS]

    def values(record: Record) -> Runs:
        return {
            (split, metric): (record.quality[split][metric],)
            for split, metric in wanted
            if metric in record.quality.get(split, {})
        }

    found = _summarised(standings.resources, values)
    return {_on(standings, *key): found[key] for key in wanted if key in found}


def _placed(figures: Figures, rows: Sequence[Replicates], placings: Placings) -> Figures:
    """Return figures with intervals and ranks where they rank."""
    found = {(column.split, column.figure.name): list(values) for column, values in figures.items()}
    for number, row in enumerate(rows):
        placing = placings.get(frozenset(record.id for record in row.done))
        values = found.get((placing.split, plain(placing.metric))) if placing else None
        if placing and values and (measurement := values[number]):
            values[number] = replace(measurement, interval=placing.interval, rank=placing.rank)
    return dict(zip(figures, found.values(), strict=True))


def _held(record: Record) -> Runs:
    return {
        (split, metric): (value,)
        for split, metrics in record.quality.items()
        for metric, value in metrics.items()
    }


def _primaries(standings: Standings) -> list[str]:
    return list(dict.fromkeys(record.primary for row in standings.quality for record in row.done))


def _on(standings: Standings, split: str, metric: str) -> Column:
    return column_of(standings.figures.facts(QUALITY, metric), metric, split=split)


def _resources(standings: Standings, table: str) -> Figures:
    """Return one table of resources, headlines first. Machines and devices are never averaged."""
    cached = standings.figures.playing("cached").get(table, [])
    figures = {
        column_of(standings.figures.facts(table, name), name, phase=phase): found
        for (phase, name), found in _summarised(
            standings.resources, lambda record: measured(record, table, cached)
        ).items()
    }
    return {column: figures[column] for column in dict.fromkeys([*_headlines(figures), *figures])}


def _headlines(columns: Iterable[Column]) -> list[Column]:
    """Return the columns that have a place in the summary, from the left."""
    found = [c for c in columns if c.figure.headline and c.phase not in HOUSEKEEPING]
    return sorted(found, key=lambda column: (column.figure.headline, in_order(column.phase)))


def _summarised(
    rows: Sequence[Replicates], values: Callable[[Record], Runs]
) -> dict[Key, list[Measurement | None]]:
    """Return what all rows have of each figure, in the order in which records first hold them."""
    cells: dict[Key, list[list[Sequence[Value]]]] = {}
    for number, row in enumerate(rows):
        for record in row.done:
            for key, runs in values(record).items():
                found = cells.get(key)
                if found is None:
                    found = cells[key] = [[] for _ in rows]
                if runs:
                    found[number].append(runs)
    return {key: summarised(values) for key, values in cells.items()}


def _table(
    name: str, rows: Sequence[Replicates], figures: Figures, busy: Mapping[str, int] | None = None
) -> Table:
    """Put what rows are called and how they ended around their figures.

    `busy` is in how many runs of each cell the machine was. Without it the figures are of the first runs
    alone, and rest on no conditions: those of quality.
    """
    used = [{} for _ in rows] if busy is None else _conditions(rows)
    found = [figures[column] for column in figures]
    return Table(
        name,
        list(figures),
        [
            Row(
                labels=row.labels,
                status=row.status,
                measurements=[measurements[number] for measurements in found],
                settings=row.settings,
                conditions=used[number],
                seeds=len(row.done),
                missing=len(row.rest),
                runs=len(row.done) if busy is None else sum(record.runs for record in row.done),
                busy=0 if busy is None else sum(busy[record.id] for record in row.done),
                reasons=row.reasons,
                cells=[record.id for record in row.records],
            )
            for number, row in enumerate(rows)
        ],
    )


def _conditions(rows: Sequence[Replicates]) -> list[dict[str, Value]]:
    """Return where and how rows were measured, where that is not the same for all and no axis says it."""
    axes = {axis for row in rows for axis in row.labels}
    every = [dict(_used(row.done[0])) if row.done else {} for row in rows]
    differing = [
        name
        for name in ("machine", "device", *USED)
        if name not in axes and len({used.get(name) for used in every if used}) > 1
    ]
    return [{name: used.get(name) for name in differing} for used in every]


def _used(record: Record) -> Iterator[tuple[str, Value]]:
    processor = record.machine.get("processor")
    yield "machine", plain(f"{machine_of(record)} ({processor})" if processor else machine_of(record))
    yield "device", plain(f"{device_kind(record)} ({record.effective.get('device_name')})")
    for name in USED:
        value = record.effective.get(name)
        yield name, plain(value) if isinstance(value, str) else value
