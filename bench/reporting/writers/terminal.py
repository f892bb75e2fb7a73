"""The terminal: the answer and what decides it on one screen, or all tables; in Markdown without a width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from typing import ClassVar

from pydantic import Field
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from ...api import Extent, Report, Row, RowBreakdown, Table, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import (
    TextColumn,
    across,
    breakdown_markdown,
    breakdown_tables,
    breakdown_title,
    is_numeric,
    notes,
    ranks,
    text_columns,
    to_markdown,
    verdict,
)

GAP = 2
LONG = 24
SCREEN, LEAST_ROWS = 16, 3
"""How many rows a screen holds beside the verdicts, and the fewest of each data set."""
NOTES = 3
"""How many notes on a data set are printed; the summary has more."""
WORD = re.compile(r"[^ _]+[ _]?|[ _]")
"""A piece of a column's title; it can be broken after each."""


class Terminal(Writer):
    """Tables and the answer, to be read where they are printed."""

    name: ClassVar[str] = "terminal"

    width: int | None = Field(None, ge=1, description="of the terminal, in characters; null for Markdown")
    wide: bool = Field(False, description="all columns of all tables, also those that are wider than it")

    def write(self, report: Report) -> Mapping[str, str]:
        """Return one document: the verdicts, what is noted of the data, then what decides.

        That is the summary as far as it fits, or all tables, whose columns it is made of.
        """
        ranked = filter(None, map(ranks, report.across))
        noted = (_noted(extent) for extent in report.circumstances.extents if extent.notes)
        lines = [*map(verdict, report.verdicts), *map(across, report.across), *ranked, *noted]
        tables = [(table.name, list(text_columns(table))) for table in report.tables]
        if self.width is None:
            shown = "".join(f"\n## {name}\n\n{to_markdown(columns)}" for name, columns in tables)
            shown += "".join(f"\n{breakdown_markdown(found)}" for found in report.breakdowns)
            return {"report.txt": "".join(f"{line}\n" for line in lines) + shown}
        text = StringIO()
        console = Console(file=text, width=self.width, force_terminal=True, highlight=False)
        for line in lines:
            console.print(Text(line))
            console.print()
        if self.wide:
            _print_all(tables, console)
        else:
            _print_summary(report.summary, console)
        for found in report.breakdowns:
            _print_breakdown(found, console)
        return {"report.txt": text.getvalue()}


def _noted(extent: Extent) -> str:
    """Return what is noted of a data set on one line."""
    return f"{extent.dataset}, noted: {'; '.join(notes(extent, NOTES))}"


def _print_summary(table: Table, console: Console) -> None:
    """Print the best rows of each data set, and as many columns as fit; what all share is told once."""
    rows = list(_best(table.rows))
    columns = [c for c in text_columns(replace(table, rows=rows)) if c.title != "reason"]
    same = [column for column in columns if len(rows) > 1 and len({*column.cells}) == 1]
    rest = [column for column in columns if column not in same]
    shown = next(fit(rest, console.width))
    console.print(_rich_table(shown))
    if same:
        console.print(Text(f"\nin all rows: {', '.join(f'{c.title} {c.cells[0]}' for c in same)}"))
    more = {"rows": len(table.rows) - len(rows), "columns": len(rest) - len(shown)}
    if any(more.values()):
        left = " and ".join(f"{count} more {what}" for what, count in more.items() if count)
        console.print(Text(f"\n{left}: bench report --wide, or summary.md"))


def _best(rows: Sequence[Row]) -> Iterator[Row]:
    """Give the first rows of each data set, as many as a screen holds of all."""
    datasets: dict[str, list[Row]] = {}
    for row in rows:
        datasets.setdefault(row.labels.get("dataset", ""), []).append(row)
    for group in datasets.values():
        yield from group[: max(LEAST_ROWS, SCREEN // len(datasets))]


def _print_all(tables: Sequence[tuple[str, Sequence[TextColumn]]], console: Console) -> None:
    """Print each table in as many parts as the width needs, then long texts that never change, once."""
    for name, columns in tables:
        same = [c for c in columns if len(c.cells[0]) > LONG and len(set(c.cells)) == 1 and not c.key]
        console.print(Text(name, style="bold"))
        for part in fit([column for column in columns if column not in same], console.width):
            console.print(_rich_table(part))
            console.print()
        for title, cells, _ in sorted(same):
            console.print(Text(f"{title}, the same in all rows: {cells[0]}"))


def _print_breakdown(found: RowBreakdown, console: Console) -> None:
    console.print(Text(f"\n{breakdown_title(found)}", style="bold"))
    for table in breakdown_tables(found):
        console.print(Text(f"\n{table.caption}"))
        for part in fit(table.columns, console.width):
            console.print(_rich_table(part))


def fit(columns: Sequence[TextColumn], width: int) -> Iterator[Sequence[TextColumn]]:
    """Cut columns into parts of at most a width in characters; each part begins with the keys."""
    keys = [column for column in columns if column.key]
    room = width - sum(map(_width, keys))
    part, used = list(keys), 0
    for column in columns:
        if column.key:
            continue
        if used + _width(column) > room and len(part) > len(keys):
            yield part
            part, used = list(keys), 0
        part.append(column)
        used += _width(column)
    yield part


def wrap(title: str, width: int) -> str:
    """Break a title after spaces and underscores so that lines are no longer than they must be."""
    lines = [""]
    for piece in WORD.findall(title):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def _width(column: TextColumn) -> int:
    """Return the width of a column whose title is wrapped, with the gap after it."""
    return max(len(text.rstrip()) for text in (*column.cells, *WORD.findall(column.title))) + GAP


def _rich_table(columns: Sequence[TextColumn]) -> RichTable:
    table = RichTable(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
    for column in columns:
        # Text, not str: brackets in a name are no markup.
        header = Text(wrap(column.title, _width(column) - GAP))
        table.add_column(header, justify="right" if is_numeric(column.cells) else "left", overflow="fold")
    for line in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, line))
    return table


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Terminal]
