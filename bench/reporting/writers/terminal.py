"""The terminal: tables fitted to its width, and the answer; without a width, tables in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from ...api import Report, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import TextColumn, is_numeric, text_columns, to_markdown, verdict

if TYPE_CHECKING:
    from rich.table import Table as RichTable

GAP = 2
LONG = 24
WORD = re.compile(r"[^ _]+[ _]?|[ _]")
"""A piece of a column's title; it can be broken after each."""


class Terminal(Writer):
    """Tables and the answer, to be read where they are printed."""

    name: ClassVar[str] = "terminal"

    width: int | None = Field(None, ge=1, description="of the terminal, in characters; null for Markdown")

    def write(self, report: Report) -> Mapping[str, str]:
        """Return one document: all tables but the summary, whose columns they hold, and the verdicts."""
        tables = [(table.name, list(text_columns(table))) for table in report.tables]
        if self.width is None:
            shown = "".join(f"## {name}\n\n{to_markdown(columns)}\n" for name, columns in tables)
        else:
            shown = _fitted(tables, self.width)
        return {"report.txt": shown + "".join(f"{verdict(found)}\n" for found in report.verdicts)}


def _fitted(tables: Sequence[tuple[str, Sequence[TextColumn]]], width: int) -> str:
    """Return each table in as many parts as the width needs, then long texts that never change, once."""
    from rich.console import Console
    from rich.text import Text

    text = StringIO()
    console = Console(file=text, width=width, force_terminal=True, highlight=False)
    for name, columns in tables:
        same = [c for c in columns if len(c.cells[0]) > LONG and len(set(c.cells)) == 1 and not c.key]
        console.print(Text(name, style="bold"))
        for part in fit([column for column in columns if column not in same], width):
            console.print(_rich_table(part))
            console.print()
        for title, cells, _ in sorted(same):
            console.print(Text(f"{title}, the same in all rows: {cells[0]}"))
    return text.getvalue()


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
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
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
