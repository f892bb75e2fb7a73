"""How tables are printed: fitted to a terminal, or as Markdown."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

    from ..records.store import Store
    from ..reporting import Standings

Columns = Mapping[str, Sequence[str]]
GAP = 2
LONG = 24
WORD = re.compile(r"[^ _]+[ _]?|[ _]")
"""A piece of a column's name; it can be broken after each."""


def conclude(store: Store) -> None:
    """Make the tables of a results folder from its records, write them, and print them.

    A record that cannot be read is told of on stderr.
    """
    from ..reporting import Standings

    with no_collection():
        records = store.records()
        warn_unreadable(store)
        if records:
            standings = Standings(records)
            assert standings  # noqa: S101 - no tables of format 2 yet
            print(f"tables: {store.folder}", file=sys.stderr)


@contextmanager
def no_collection() -> Iterator[None]:
    """Do not look for garbage: thousands of records are alive, and going through them takes half the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def warn_unreadable(store: Store) -> None:
    """Tell of the files that are no records."""
    for line in store.unreadable:
        print(f"warning: {line}", file=sys.stderr)


def print_tables(tables: Mapping[str, pd.DataFrame], standings: Standings) -> None:
    """Print all tables but the summary, whose columns they hold, and then the answer."""
    from ..reporting import verdicts
    from ..reporting.render import cells, to_markdown

    console = Console(highlight=False)
    for name, table in tables.items():
        if name == "summary":
            continue
        columns = cells(table)
        if console.is_terminal:
            _print_fitted(console, name, columns, keys(table))
        else:
            print(f"## {name}\n\n{to_markdown(columns)}")
    for line in verdicts(standings):
        print(line)


def keys(table: pd.DataFrame) -> list[str]:
    """Return the columns that say what a row is: those before its status."""
    return list(table.columns[: list(table.columns).index("status")])


def fit(columns: Columns, repeated: Sequence[str], width: int) -> Iterator[Columns]:
    """Cut columns into parts of at most a width in characters; each part begins with the repeated ones."""
    start = {name: column for name, column in columns.items() if name in repeated}
    used = sum(_width(name, column) for name, column in start.items())
    part, room = dict(start), width - used
    for name, column in columns.items():
        if name in start:
            continue
        if _width(name, column) > room and len(part) > len(start):
            yield part
            part, room = dict(start), width - used
        part[name] = column
        room -= _width(name, column)
    yield part


def wrap(name: str, width: int) -> str:
    """Break a column's name after spaces and underscores so that lines are no longer than they must be."""
    lines = [""]
    for piece in WORD.findall(name):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def _width(name: str, column: Sequence[str]) -> int:
    """Return the width of a column whose header is wrapped, with the gap after it."""
    return max(len(text.rstrip()) for text in (*column, *WORD.findall(name))) + GAP


def _print_fitted(console: Console, title: str, columns: Columns, repeated: Sequence[str]) -> None:
    """Print a table in as many parts as the terminal's width needs; long texts that never change once."""
    same = {name for name, column in columns.items() if len(column[0]) > LONG and len(set(column)) == 1}
    console.print(Text(title, style="bold"))
    varying = {name: column for name, column in columns.items() if name in repeated or name not in same}
    for part in fit(varying, repeated, console.width):
        console.print(_rich_table(part))
        console.print()
    for name in sorted(same - set(repeated)):
        console.print(Text(f"{name}, the same in all rows: {columns[name][0]}"))


def _rich_table(columns: Columns) -> Table:
    from ..reporting.render import is_numeric

    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
    for name, column in columns.items():
        # Text, not str: brackets in a name are no markup.
        header = Text(wrap(name, _width(name, column) - GAP))
        table.add_column(header, justify="right" if is_numeric(column) else "left", overflow="fold")
    for line in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, line))
    return table
