"""Which of some rows to take: the best, and of equals the cheapest. Reports and picks do alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..api import Column, Row, Table
from .facts import RATE
from .standings import Replicates

PLACE = ("machine", "device", "threads", "governor", "shared")
"""What must be equal for the prices of rows to be compared."""


def preferred(losses: Sequence[Sequence[float]], titles: Sequence[str]) -> list[int]:
    """Return the positions of rows, the one to take first.

    losses: what counts of each row, the lower the better, `[rows][1 + prices]`: first what it is chosen by,
    then its prices, the headlines of resources in their order. Of equals the one comes first that is cheaper
    by the first price that differs; of those that differ in none the first by title.
    """
    return sorted(range(len(titles)), key=lambda row: (*losses[row], titles[row]))


def comparable(price: Column, encoded: Sequence[bool]) -> bool:
    """Tell whether rows can be compared by a price, given who works on features encoded beforehand.

    Speeds on such features say nothing beside those of others.
    """
    return price.figure.unit != RATE or len({*encoded}) < 2


def prices(rows: Sequence[Replicates], summary: Table) -> list[list[float]]:
    """Return what rows cost, the lower the better, `[rows][prices]`: the headlines that all of them have.

    There are none where rows, or the cells of one, were measured in different places.
    """
    owners: dict[str, list[Row]] = {}
    for row in summary.rows:
        for cell in row.cells:
            owners.setdefault(cell, []).append(row)
    found = [{id(owner): owner for record in row.done for owner in owners.get(record.id, [])} for row in rows]
    measured = [row for each in found for row in each.values()]
    places = {tuple(row.conditions.get(name) for name in PLACE) for row in measured}
    if len(measured) != len(rows) or len(places) > 1:
        return [[] for _ in rows]
    columns = list(_priced(summary, measured, [row.encoded for row in rows]))
    return list(map(list, zip(*columns, strict=True))) if columns else [[] for _ in rows]


def _priced(summary: Table, rows: Sequence[Row], encoded: Sequence[bool]) -> Iterator[list[float]]:
    """Give the headlines of resources, each of all rows, the lower the better."""
    for at, column in enumerate(summary.columns):
        if column.split or column.figure.better == "neither" or not comparable(column, encoded):
            continue
        found = [item.value for row in rows if (item := row.measurements[at])]
        values = [value for value in found if isinstance(value, int | float)]
        if len(values) == len(rows):
            yield [-value if column.figure.better == "higher" else value for value in values]
