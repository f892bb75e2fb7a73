"""All rows in one table that can be sorted and filtered, with links to what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ....api import CellTrace, Report, Row, Table
from ....toolkit.rendering import TextColumn, file_name, is_numeric, text_columns

ROOM = 250_000
"""Characters that the cells of a table may take; columns beyond are left to the files beside the page."""

MARKUP = 4
"""Characters of markup around a cell."""

LONGEST = 100
"""Characters of a cell; the rest of a long reason stands where failures do."""


@dataclass(frozen=True)
class Listing:
    """A table: `hidden` are the numbers, from 1, of columns that are hidden at first, `left` of those that
    begin at the left, as text does. `records` are the cells of each row. `beyond` counts columns that were
    left out, which stand in `files`."""

    name: str
    columns: Sequence[TextColumn]
    left: Sequence[int]
    hidden: Sequence[int]
    records: Sequence[Sequence[CellTrace]]
    beyond: int
    files: Sequence[str]

    @property
    def lines(self) -> Sequence[Sequence[str]]:
        """The cells of each row."""
        return list(zip(*(column.cells for column in self.columns), strict=True))


def listings(report: Report, wide: Table, apart: Sequence[Table]) -> list[Listing]:
    """Return the wide table, in which the summary's columns show at first, and those apart from it."""
    files = [f"{file_name(table)}.csv" for table in report.tables if table not in apart]
    shown = {column.title for column in report.summary.columns}
    return [
        _listing("All rows", wide, report.cells, shown, files),
        *(
            _listing(
                table.name, table, report.cells, {c.title for c in table.columns}, [f"{file_name(table)}.csv"]
            )
            for table in apart
        ),
    ]


def _listing(
    name: str, table: Table, cells: Mapping[str, CellTrace], shown: set[str], files: Sequence[str]
) -> Listing:
    every = [_shortened(column) for column in text_columns(table)] if table.rows else []
    figures = {column.title for column in table.columns}
    columns = _fitting(every)
    numbered = list(enumerate(columns, 1))
    return Listing(
        name,
        columns,
        left=[at for at, column in numbered if not is_numeric(column.cells)],
        hidden=[at for at, column in numbered if column.title in figures and column.title not in shown],
        records=[_traces(row, cells) for row in table.rows],
        beyond=len(every) - len(columns),
        files=files,
    )


def _shortened(column: TextColumn) -> TextColumn:
    cells = [cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…" for cell in column.cells]
    return column._replace(cells=cells)


def _fitting(columns: Sequence[TextColumn]) -> list[TextColumn]:
    """Return the columns there is room for: what rows are called always, then the others from the left."""
    found, room = [], ROOM
    for column in columns:
        room -= sum(len(cell) + MARKUP for cell in column.cells)
        if column.key or room >= 0:
            found.append(column)
    return found


def _traces(row: Row, cells: Mapping[str, CellTrace]) -> list[CellTrace]:
    return [cells[cell] for cell in row.cells if cell in cells]
