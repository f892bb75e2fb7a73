"""Tables as text: cells for people, GitHub Markdown, and CSV for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .tables import RUN_SPREAD, SPREAD
from .text import markdown, plain, spreadsheet, with_spread

SPREADS = (SPREAD, RUN_SPREAD)


def cells(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return columns of text: numbers rounded, with their spreads in one, empty where nothing was measured.

    A column that is empty in each row is left out.
    """
    shown = {}
    for name in table.columns:
        if any(name.endswith(end) and name.removesuffix(end) in table.columns for end in SPREADS):
            continue
        spreads = (table.get(name + end, [None] * len(table)) for end in SPREADS)
        column = [_cell(*figures) for figures in zip(table[name], *spreads, strict=True)]
        if any(column):
            shown[plain(name)] = column
    return shown


def is_numeric(column: Sequence[str]) -> bool:
    """Tell whether a column of cells holds numbers, which are aligned at the right."""
    return all(cell[:1].isdigit() or cell[:2].lstrip("-").isdigit() for cell in column if cell)


def to_markdown(columns: Mapping[str, Sequence[str]]) -> str:
    """Return columns of cells as a GitHub table; whatever they hold is shown as text."""
    lines = [
        [markdown(name) for name in columns],
        ["---:" if is_numeric(column) else "---" for column in columns.values()],
        *([markdown(cell) for cell in line] for line in zip(*columns.values(), strict=True)),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def to_csv(table: pd.DataFrame) -> str:
    """Return a table with numbers in full; texts cannot become formulas in a spreadsheet."""
    safe = table.map(lambda value: spreadsheet(value) if isinstance(value, str) else value)
    safe.columns = pd.Index([spreadsheet(name) for name in table.columns])
    return safe.to_csv(index=False, lineterminator="\n")


def _cell(value: Any, *spreads: Any) -> str:
    if _is_missing(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return plain(value)
    return with_spread(value, *(None if _is_missing(spread) else spread for spread in spreads))


def _is_missing(value: Any) -> bool:
    """Tell None, NaN and pandas' own from the rest; pandas does so too, and takes many times as long."""
    return value is None or value is pd.NA or value != value
