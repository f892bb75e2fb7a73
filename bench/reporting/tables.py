"""Tables: a row for the cells that differ only in their seed, a column for a figure of a phase or split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..api import APART, HOUSEKEEPING, Column, Figure, Measurement, Row, Table, Value
from ..records.conditions import USED, device_kind, machine_of
from ..records.record import Facts, Record
from ..toolkit.rendering import plain
from .runs import Key, Runs, measured
from .standings import RANKING_SPLITS, Replicates, Standings
from .statistics import summarised

QUALITY, SUMMARY = "accuracy", "summary"

Figures = Mapping[Column, Sequence[Measurement | None]]
"""What each row has of each column."""


def all_tables(standings: Standings) -> tuple[list[Table], Table]:
    """Return the table of quality and one for each table of resources in the records, and their summary."""
    rows = standings.resources
    names = dict.fromkeys(name for record in standings.records for name in record.resources)
    resources = {name: _resources(rows, name) for name in names if name not in (QUALITY, SUMMARY)}
    tables = [_table(plain(name), rows, figures, conditions=True) for name, figures in resources.items()]
    return [_quality_table(standings), *tables], _summary(rows, list(resources.values()))


def column_of(figures: Mapping[str, Facts], name: str, *, phase: str = "", split: str = "") -> Column:
    """Return the column of a figure on a split, or of a phase; both are empty for the whole cell."""
    facts = figures.get(name, Facts())
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


def _quality_table(standings: Standings) -> Table:
    """Return quality by split: metrics that rank first, and the splits on which they do."""
    rows = standings.quality
    figures = _figures(rows, _quality, "quality", _quality_column)
    done = [record for row in rows for record in row.done]
    metrics = list(dict.fromkeys([record.primary for record in done] + [c.figure.name for c in figures]))
    splits = list(dict.fromkeys([*RANKING_SPLITS, *(column.split for column in figures)]))
    columns = sorted(figures, key=lambda c: (metrics.index(c.figure.name), splits.index(c.split)))
    return _table(QUALITY, rows, {column: figures[column] for column in columns})


def _resources(rows: Sequence[Replicates], table: str) -> Figures:
    """Return one table of resources, headlines first. Machines and devices are never averaged."""
    figures = _figures(rows, lambda record: measured(record, table), table, _resource_column)
    headlines = _headlines(figures)
    return {column: figures[column] for column in dict.fromkeys([*headlines, *figures])}


def _summary(rows: Sequence[Replicates], resources: Sequence[Figures]) -> Table:
    """Return the metrics that rank and the headlines of all resources, side by side."""
    quality = _figures(rows, _ranking_quality, "quality", _quality_column)
    primaries = list(dict.fromkeys(record.primary for row in rows for record in row.done))
    ranking = sorted(quality, key=lambda c: (primaries.index(c.figure.name), RANKING_SPLITS.index(c.split)))
    every = {column: found for figures in resources for column, found in figures.items()}
    columns = {**{column: quality[column] for column in ranking}, **{c: every[c] for c in _headlines(every)}}
    return _table(SUMMARY, rows, columns, conditions=True)


def _headlines(columns: Mapping[Column, object]) -> list[Column]:
    """Return the columns that have a place in the summary, from the left."""
    found = [c for c in columns if c.figure.headline and c.phase not in HOUSEKEEPING]
    return sorted(found, key=lambda column: (column.figure.headline, in_order(column.phase)))


def _quality(record: Record) -> Runs:
    return {
        (split, metric): [value]
        for split, metrics in record.quality.items()
        for metric, value in metrics.items()
    }


def _ranking_quality(record: Record) -> Runs:
    return {
        (split, metric): runs
        for (split, metric), runs in _quality(record).items()
        if split in RANKING_SPLITS and metric == record.primary
    }


def _quality_column(figures: Mapping[str, Facts], key: Key) -> Column:
    return column_of(figures, key[1], split=key[0])


def _resource_column(figures: Mapping[str, Facts], key: Key) -> Column:
    return column_of(figures, key[1], phase=key[0])


def _figures(
    rows: Sequence[Replicates],
    values: Callable[[Record], Runs],
    table: str,
    column: Callable[[Mapping[str, Facts], Key], Column],
) -> Figures:
    """Return the figures of all rows, in the order in which records first hold them."""
    cells: dict[Key, list[list[Sequence[Value]]]] = {}
    facts: dict[str, Facts] = {}
    for number, row in enumerate(rows):
        for record in row.done:
            facts = {**record.figures.get(table, {}), **facts}
            for key, runs in values(record).items():
                if key not in cells:
                    cells[key] = [[] for _ in rows]
                if runs:
                    cells[key][number].append(runs)
    return {column(facts, key): summarised(found) for key, found in cells.items()}


def _table(name: str, rows: Sequence[Replicates], figures: Figures, *, conditions: bool = False) -> Table:
    """Put what rows are called and how they ended around their figures."""
    used = _conditions(rows) if conditions else [{} for _ in rows]
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
                runs=sum(record.runs for record in row.done) if conditions else len(row.done),
                busy=row.busy if conditions else 0,
                reasons=row.reasons,
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
