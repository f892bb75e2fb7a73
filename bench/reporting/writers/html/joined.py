"""One wide table of a report: the summary's rows, and beside them what other tables say of the same rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from ....api import Report, Row, Table


def join(report: Report) -> tuple[Table, list[Table]]:
    """Return the summary with the columns of all tables that have its rows, and the tables that do not."""
    wide, apart = report.summary, []
    keys = list(map(_key, wide.rows))
    for table in report.tables:
        rows = {_key(row): row for row in table.rows}
        if rows.keys() == set(keys):
            wide = _beside(wide, table, [rows[key] for key in keys])
        else:
            apart.append(table)
    return wide, apart


def _beside(wide: Table, table: Table, rows: Sequence[Row]) -> Table:
    """Return a table with the columns of another that it lacks; `rows` are the other's in its order."""
    new = [at for at, column in enumerate(table.columns) if column not in wide.columns]
    return Table(
        wide.name,
        [*wide.columns, *(table.columns[at] for at in new)],
        [
            replace(row, measurements=[*row.measurements, *(other.measurements[at] for at in new)])
            for row, other in zip(wide.rows, rows, strict=True)
        ],
    )


def _key(row: Row) -> Hashable:
    """Return what a row is: conditions are of resources alone, so the cells tell rows apart."""
    return tuple(row.labels.items()), row.settings, tuple(row.cells)
