"""One wide table of a report: the summary's rows, and beside them what other tables say of the same rows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace

from ....api import Column, Measurement, Report, Row, Table

Found = Mapping[Hashable, Measurement | None]


def join(report: Report) -> tuple[Table, list[Table]]:
    """Return the summary with the columns of all tables that have its rows, and the tables that do not."""
    columns: dict[Column, Found] = dict(_columns(report.summary))
    rows = set(map(_key, report.summary.rows))
    apart = []
    for table in report.tables:
        if set(map(_key, table.rows)) == rows:
            columns = columns | _new(table, columns)
        else:
            apart.append(table)
    wide = [
        replace(row, measurements=[found.get(_key(row)) for found in columns.values()])
        for row in report.summary.rows
    ]
    return Table(report.summary.name, list(columns), wide), apart


def _new(table: Table, columns: Mapping[Column, Found]) -> dict[Column, Found]:
    return {column: found for column, found in _columns(table).items() if column not in columns}


def _columns(table: Table) -> dict[Column, Found]:
    return {
        column: {_key(row): row.measurements[at] for row in table.rows}
        for at, column in enumerate(table.columns)
    }


def _key(row: Row) -> Hashable:
    """Return what a row is: conditions are of resources alone, so the cells tell rows apart."""
    return tuple(row.labels.items()), row.settings, tuple(row.cells)
