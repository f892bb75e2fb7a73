"""The figures of rows part by part, as tables for people and as columns for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ...api import Confusion, Figure, Measurement, RowBreakdown, Value
from .columns import SPREAD, TextColumn, measured, to_markdown, varies
from .text import markdown, number

MOST_PARTS = 30
"""How many parts people are shown, the worst where there are more; and a matrix has at most."""

LARGEST = 20
"""How many confusions are listed where there are too many parts for a matrix."""


class BreakdownTable(NamedTuple):
    """A table about a row, and what it shows. In a `matrix` lines and columns but the first are parts."""

    caption: str
    columns: Sequence[TextColumn]
    matrix: bool = False


def breakdown_title(found: RowBreakdown) -> str:
    """Return what the row is called."""
    return " · ".join([*found.labels.values(), *([found.settings] if found.settings else [])])


def breakdown_tables(found: RowBreakdown) -> Iterator[BreakdownTable]:
    """Give what people are shown of a row: figures by part, and which part was taken for which."""
    where = f"{found.split}, {len(found.cells)} seed{'s' if len(found.cells) > 1 else ''}"
    many = len(found.parts) > MOST_PARTS
    worst = f", the {MOST_PARTS} worst of {len(found.parts)} by {found.figures[0].name}" if many else ""
    yield BreakdownTable(f"{where}: by {found.axis}{worst}", list(_figures(found)))
    if found.confusions and many:
        yield BreakdownTable(f"{where}: most often taken for another", list(_largest(found)))
    elif found.confusions:
        caption = f"{where}: each {found.axis} by row, what it was taken for by column"
        yield BreakdownTable(caption, list(_matrix(found)), matrix=True)


def breakdown_markdown(found: RowBreakdown) -> str:
    """Return the same as Markdown."""
    tables = (
        f"\n{markdown(item.caption)}\n\n{to_markdown(item.columns)}" for item in breakdown_tables(found)
    )
    return f"## {markdown(breakdown_title(found))}\n{''.join(tables)}"


def breakdown_columns(found: Sequence[RowBreakdown]) -> Iterator[tuple[str, Sequence[Value]]]:
    """Give titles and values of all figures by part of rows with one axis; spreads where there are any."""
    lines = [(row, at) for row in found for at in range(len(row.parts))]
    yield from _keys([row for row, _ in lines])
    yield found[0].axis, [row.parts[at] for row, at in lines]
    for figure in dict.fromkeys(figure for row in found for figure in row.figures):
        items = [_of(row, at, figure) for row, at in lines]
        yield figure.name, [item.value if item else None for item in items]
        if varies(items):
            yield figure.name + SPREAD, [item.spread if item else None for item in items]


def confusion_columns(found: Sequence[RowBreakdown]) -> Iterator[tuple[str, Sequence[Value]]]:
    """Give titles and values of all confusions of rows: how often, and which share of the truth's that is."""
    lines = [(row, confusion, _totals(row)) for row in found for confusion in row.confusions]
    yield from _keys([row for row, _, _ in lines])
    yield "truth", [row.parts[confusion.truth] for row, confusion, _ in lines]
    yield "taken_for", [row.parts[confusion.taken_for] for row, confusion, _ in lines]
    yield "count", [confusion.count for _, confusion, _ in lines]
    yield "share", [confusion.count / totals[confusion.truth] for _, confusion, totals in lines]


def breakdown_stem(axis: str) -> str:
    """Return the beginning of a file's name for an axis. Plugins name axes, so it may be anything."""
    return f"by_{re.sub(r'[^a-z0-9_-]', '_', axis.lower())}"


def _figures(found: RowBreakdown) -> Iterator[TextColumn]:
    shown = _shown(found)
    whole = any(found.overall)
    yield TextColumn(found.axis, [*(found.parts[at] for at in shown), *(["all"] if whole else [])], key=True)
    for column, figure in enumerate(found.figures):
        items = [found.measurements[at][column] for at in shown]
        yield TextColumn(figure.name, measured([*items, *([found.overall[column]] if whole else [])]))


def _shown(found: RowBreakdown) -> Sequence[int]:
    """Return the positions of the parts that people are shown, the worst first where there are too many."""
    every = range(len(found.parts))
    if len(every) <= MOST_PARTS:
        return every
    sign = -1.0 if found.figures[0].better == "lower" else 1.0
    first = {at: item[0] for at, item in enumerate(found.measurements)}
    ranked = sorted((sign * float(item.value), at) for at, item in first.items() if item)
    return [at for _, at in islice(ranked, MOST_PARTS)]


def _matrix(found: RowBreakdown) -> Iterator[TextColumn]:
    counts = {(item.truth, item.taken_for): item.count for item in found.confusions}
    every = range(len(found.parts))
    yield TextColumn(found.axis, found.parts, key=True)
    for taken_for in every:
        cells = [number(counts.get((truth, taken_for), 0)) for truth in every]
        yield TextColumn(found.parts[taken_for], cells)


def _largest(found: RowBreakdown) -> Iterator[TextColumn]:
    wrong = [item for item in found.confusions if item.truth != item.taken_for]
    largest: list[Confusion] = sorted(wrong, key=lambda item: -item.count)[:LARGEST]
    totals = _totals(found)
    yield TextColumn(found.axis, [found.parts[item.truth] for item in largest], key=True)
    yield TextColumn("taken for", [found.parts[item.taken_for] for item in largest], key=True)
    yield TextColumn("count", [number(item.count) for item in largest])
    yield TextColumn("share", [number(item.count / totals[item.truth]) for item in largest])


def _totals(found: RowBreakdown) -> dict[int, int]:
    """Return how often each part was taken for any."""
    totals: dict[int, int] = {}
    for item in found.confusions:
        totals[item.truth] = totals.get(item.truth, 0) + item.count
    return totals


def _keys(rows: Sequence[RowBreakdown]) -> Iterator[tuple[str, Sequence[Value]]]:
    """Give what rows are called, one for each line."""
    for axis in dict.fromkeys(axis for row in rows for axis in row.labels):
        yield axis, [row.labels.get(axis) for row in rows]
    if any(row.settings for row in rows):
        yield "settings", [row.settings or None for row in rows]
    yield "split", [row.split for row in rows]
    yield "seeds", [len(row.cells) for row in rows]


def _of(row: RowBreakdown, part: int, figure: Figure) -> Measurement | None:
    return row.measurements[part][list(row.figures).index(figure)] if figure in row.figures else None
