"""The figures of rows by class, or whatever parts there are, and which was taken for which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....api import Report
from ....toolkit.rendering import BreakdownTable, breakdown_tables, breakdown_title

ROWS = 12
"""How many rows are taken apart, the best first; the files beside the page have all."""

SHADES = (0.0, 0.05, 0.15, 0.35)
"""Above which share of a part that was taken for another each further shade begins."""


@dataclass(frozen=True)
class Grid:
    """A table: a line of cells for each part, each with its shade, 0 for none."""

    caption: str
    titles: Sequence[str]
    lines: Sequence[Sequence[tuple[str, int]]]


@dataclass(frozen=True)
class TakenApart:
    """A row, and its tables."""

    title: str
    grids: Sequence[Grid]


def taken_apart(report: Report) -> Iterator[TakenApart]:
    """Give the first rows that have parts."""
    for found in report.breakdowns[:ROWS]:
        yield TakenApart(breakdown_title(found), list(map(_grid, breakdown_tables(found))))


def _grid(table: BreakdownTable) -> Grid:
    lines = list(zip(*(column.cells for column in table.columns), strict=True))
    shaded = [
        _shaded(at, line) if table.matrix else [(cell, 0) for cell in line] for at, line in enumerate(lines)
    ]
    return Grid(table.caption, [column.title for column in table.columns], shaded)


def _shaded(at: int, line: Sequence[str]) -> list[tuple[str, int]]:
    """Return a line of a matrix: the name of a part, and how often it was taken for each."""
    name, *cells = line
    counts = list(map(int, cells))
    total = sum(counts) or 1
    wrong = [0 if other == at else count for other, count in enumerate(counts)]
    shades = [sum(count / total > bound for bound in SHADES) for count in wrong]
    return [(name, 0), *zip(cells, shades, strict=True)]
