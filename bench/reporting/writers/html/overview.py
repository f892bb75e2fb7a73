"""All rows in one table that can be sorted and filtered, with links to what they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ....api import CellTrace, Report, Table
from ....toolkit.rendering import TextColumn, file_name, is_numeric, text_columns

ROWS = 2000
"""How many rows a table has; the files beside the page have all."""

ROOM, PER_RUN, MOST = 20_000, 160, 240_000
"""How many characters its cells take: some, and more for each cell that was run, up to a limit."""

SHORTEST = 8
"""Characters of most cells with a figure, and of the markup around any."""

LONGEST = 100
"""Characters of a cell; the rest of a long reason stands where failures do."""


@dataclass(frozen=True)
class Listing:
    """A table: `hidden` are the numbers, from 1, of columns that are hidden at first, `left` of those that
    begin at the left, as text does. `records` are the cells of each row. Some rows and columns may have been
    left out, which stand in `files`.
    """

    name: str
    columns: Sequence[TextColumn]
    left: Sequence[int]
    hidden: Sequence[int]
    records: Sequence[Sequence[CellTrace]]
    more_rows: int
    more_columns: int
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
    room = min(MOST, ROOM + PER_RUN * len(cells))
    part = _part(table, max(len(shown), room // SHORTEST // max(1, len(table.rows[:ROWS]))))
    every = list(map(_shortened, text_columns(part))) if part.rows else []
    columns = list(_fitting(every, shown, room))
    figures = {column.title for column in table.columns}
    numbered = list(enumerate(columns, 1))
    return Listing(
        name,
        columns,
        left=[at for at, column in numbered if not is_numeric(column.cells)],
        hidden=[at for at, column in numbered if column.title in figures - shown],
        records=[[cells[cell] for cell in row.cells if cell in cells] for row in part.rows],
        more_columns=len(table.columns) - len(part.columns) + len(every) - len(columns),
        more_rows=len(table.rows) - len(part.rows),
        files=files,
    )


def _part(table: Table, width: int) -> Table:
    """Return the first rows of a table and so many of its columns."""
    narrow = [replace(row, measurements=row.measurements[:width]) for row in table.rows[:ROWS]]
    return Table(table.name, table.columns[:width], narrow)


def _shortened(column: TextColumn) -> TextColumn:
    cells = [cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…" for cell in column.cells]
    return column._replace(cells=cells)


def _fitting(columns: Sequence[TextColumn], shown: set[str], room: int) -> Iterator[TextColumn]:
    """Give what rows are called and what shows at first, and of the others, from the left, those that fit."""
    for column in columns:
        room -= sum(map(len, column.cells)) + SHORTEST * len(column.cells)
        if room >= 0 or column.key or column.title in shown:
            yield column
