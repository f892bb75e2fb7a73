"""A sheet as flat columns, one line a cell; as CSV; and names of files for what it holds."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from ...api import Sheet, Value
from .text import spreadsheet

MEASURED = " (measured)"
"""What the title of a column ends in where an earlier column is called the same."""

LONGEST_STEM = 100


def cell_columns(sheet: Sheet) -> Iterator[tuple[str, Sequence[Value]]]:
    """Give all columns of a sheet as titles, each another, and values, one for each cell, None for nothing.

    First what the cell is and how it ended, then where and how it was computed, then all figures.
    """
    taken: set[str] = set()
    for title, values in _columns(sheet):
        while title in taken:
            title += MEASURED
        taken.add(title)
        yield title, values


def to_csv(columns: Iterable[tuple[str, Sequence[Value]]]) -> str:
    """Return columns of titles and values as CSV, whose texts cannot become formulas in a spreadsheet."""
    titles, values = zip(*columns, strict=True)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(spreadsheet, titles))
    writer.writerows(map(_safe, zip(*values, strict=True)))
    return text.getvalue()


def file_stem(text: str) -> str:
    """Return any text as the beginning of a plain file name."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")[:LONGEST_STEM] or "unnamed"


def _columns(sheet: Sheet) -> Iterator[tuple[str, Sequence[Value]]]:
    cells = sheet.cells
    yield "id", [cell.id for cell in cells]
    yield "row", [cell.row for cell in cells]
    yield "suite", [cell.suite for cell in cells]
    for axis in dict.fromkeys(axis for cell in cells for axis in cell.labels):
        yield axis, [cell.labels.get(axis) for cell in cells]
    yield "seed", [cell.seed for cell in cells]
    yield "status", [cell.status for cell in cells]
    yield "reason", [cell.reason or None for cell in cells]
    yield "started", [cell.started for cell in cells]
    yield "seconds", [cell.seconds for cell in cells]
    for name in dict.fromkeys(name for cell in cells for name in cell.conditions):
        yield name, [cell.conditions.get(name) for cell in cells]
    for at, column in enumerate(sheet.columns):
        yield column.title, [cell.value(at) for cell in cells]


def _safe(line: Iterable[Value]) -> list[Value]:
    return [spreadsheet(value) if isinstance(value, str) else value for value in line]
