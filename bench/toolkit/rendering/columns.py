"""A table as columns: of values for programs, or of text for people; and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...api import Measurement, Row, Table, Value
from .sentences import reason, status
from .text import MEANINGFUL, markdown, number, with_spread

SPREAD = " std"
"""What follows the title of a figure in that of its standard deviations over seeds."""

RUN_SPREAD = " run std"
"""The same for standard deviations between runs of the same cell."""

LOW, HIGH = " low", " high"
"""The same for the ends of the interval in which the true mean lies."""

BEST_RANK, WORST_RANK = " best rank", " worst rank"
"""The same for the first and the last place that a row may truly have."""

RANK = " rank"
"""What a column of text with both of these has in its title."""


class TextColumn(NamedTuple):
    """A title and cells for people; a `key` is part of what a row is called."""

    title: str
    cells: Sequence[str]
    key: bool = False


@dataclass(frozen=True)
class Frame:
    """The columns around the figures of a table: what rows are called, how they ended, and why."""

    keys: dict[str, list[Value]]
    outcome: dict[str, list[Value]]
    after: dict[str, list[Value]]


def flat_columns(table: Table) -> Iterator[tuple[str, Sequence[Value]]]:
    """Give all columns as titles and values; standard deviations, where there are any, are columns too."""
    frame = _frame(table.rows)
    yield from (frame.keys | frame.outcome).items()
    for column, found in _figures(table):
        yield column, [item.value if item else None for item in found]
        if varies(found):
            yield column + SPREAD, [item.spread if item else None for item in found]
        if any(item and item.run_spread is not None for item in found):
            yield column + RUN_SPREAD, [item.run_spread if item else None for item in found]
        if any(item and item.interval for item in found):
            intervals = [item.interval if item else None for item in found]
            yield column + LOW, [interval.low if interval else None for interval in intervals]
            yield column + HIGH, [interval.high if interval else None for interval in intervals]
        if any(item and item.rank for item in found):
            ranks = [item.rank if item else None for item in found]
            yield column + BEST_RANK, [rank[0] if rank else None for rank in ranks]
            yield column + WORST_RANK, [rank[1] if rank else None for rank in ranks]
    yield from frame.after.items()


def text_columns(table: Table) -> Iterator[TextColumn]:
    """Give columns of text: numbers rounded, with their spreads; an empty cell where nothing was measured.

    A column that is empty in each row is left out.
    """
    frame = _frame(table.rows)
    columns = [TextColumn(name, list(map(_cell, values)), key=True) for name, values in frame.keys.items()]
    columns += [TextColumn(name, list(map(_cell, values))) for name, values in frame.outcome.items()]
    for name, found in _figures(table):
        columns.append(TextColumn(name, measured(found)))
        if any(item and item.rank for item in found):
            columns.append(TextColumn(name + RANK, list(map(_rank, found))))
    columns += [TextColumn(name, list(map(_cell, values))) for name, values in frame.after.items()]
    return (column for column in columns if any(column.cells))


def is_numeric(cells: Sequence[str]) -> bool:
    """Tell whether a column of cells holds numbers, which are aligned to the right."""
    return all(cell[:1].isdigit() or cell[:2].lstrip("-").isdigit() for cell in cells if cell)


def to_markdown(columns: Sequence[TextColumn]) -> str:
    """Return columns as a GitHub table; whatever they hold is shown as plain text."""
    lines = [
        [markdown(column.title) for column in columns],
        ["---:" if is_numeric(column.cells) else "---" for column in columns],
        *zip(*(_escaped(column.cells) for column in columns), strict=True),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _escaped(cells: Sequence[str]) -> Sequence[str]:
    """Return cells as `markdown` does; one look at all tells that numbers, as most are, stay as they are."""
    text = f",{','.join(cells)},"
    spaced = any(spaces in text for spaces in ("  ", " ,", ", "))
    harmless = text.isprintable() and not spaced and not MEANINGFUL.search(text)
    return cells if harmless else list(map(markdown, cells))


def file_name(table: Table) -> str:
    """Return a table's name as the beginning of a file's name. Plugins name tables, so it may be anything."""
    return re.sub(r"[^a-z0-9_-]", "_", table.name.lower())


def _frame(rows: Sequence[Row]) -> Frame:
    axes = dict.fromkeys(axis for row in rows for axis in row.labels)
    keys: dict[str, list[Value]] = {axis: [row.labels.get(axis) for row in rows] for axis in axes}
    if any(row.settings for row in rows):
        keys["settings"] = [row.settings or None for row in rows]
    for name in dict.fromkeys(name for row in rows for name in row.conditions):
        keys[name] = [row.conditions.get(name) for row in rows]
    outcome: dict[str, list[Value]] = {
        "status": [status(row) for row in rows],
        "seeds": [row.seeds for row in rows],
    }
    if any(row.runs != row.seeds for row in rows):
        outcome["runs"] = [row.runs for row in rows]
    if any(row.busy for row in rows):
        outcome["busy"] = [row.busy for row in rows]
    return Frame(keys, outcome, {"reason": [reason(row) or None for row in rows]})


def _figures(table: Table) -> Iterator[tuple[str, Sequence[Measurement | None]]]:
    """Give the title of each figure, and its value in each row."""
    frame = _frame(table.rows)
    taken = {*frame.keys, *frame.outcome, *frame.after}
    for at, column in enumerate(table.columns):
        # A meter may have called a figure `device`.
        name = f"{column.title} (measured)" if column.title in taken else column.title
        yield name, [row.measurements[at] for row in table.rows]


def varies(found: Sequence[Measurement | None]) -> bool:
    """Tell whether seeds differ in a figure in any row: where they never do, no spread is shown."""
    return any(item and item.spread for item in found)


def measured(found: Sequence[Measurement | None]) -> list[str]:
    """Return a column of measurements as text; spreads are shown where there are any."""
    spread = varies(found)
    return [
        ""
        if item is None
        else _cell(item.value)
        if isinstance(item.value, str | bool)
        else with_spread(item.value, item.spread if spread else None, item.run_spread)
        for item in found
    ]


def _rank(item: Measurement | None) -> str:
    if item is None or item.rank is None:
        return ""
    first, last = item.rank
    return str(first) if first == last else f"{first}-{last}"


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else number(value)
