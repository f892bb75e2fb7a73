"""Which of some rows to take: the best, and of equals the cheapest. Reports and picks do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..api import Column, Row, Table
from .facts import RATE
from .standings import Replicates

PLACE = ("machine", "device", "threads", "governor", "shared", "micro_batches")
"""What must be equal for the prices of rows to be compared."""

SLACK = 0.1
"""The share by which a measured price must be lower to decide between equals.

Two runs of one cell differ by some hundredths: with less, chance would name another row each time.
"""


@dataclass(frozen=True)
class Price:
    """What some rows cost, `[rows]`, the lower the better; `slack` is the share that is no difference."""

    losses: Sequence[float]
    slack: float = SLACK

    def cheapest(self, rows: Sequence[int]) -> list[int]:
        """Return those of some positions that cost no more than the least of them, within the slack."""
        least = min(self.losses[row] for row in rows)
        return [row for row in rows if self.losses[row] <= least + self.slack * abs(least)]


def preferred(
    losses: Sequence[float], titles: Sequence[str], prices: Callable[[Sequence[int]], Sequence[Price]]
) -> Iterator[int]:
    """Give the positions of rows, the one to take first.

    losses: what rows are chosen by, the lower the better. prices: gives what equals cost, by their positions;
    the one comes first that is cheaper by the first price that tells it from others, and of those that none
    tells apart the first by title.
    """
    by_loss: dict[float, list[int]] = {}
    for row in sorted(range(len(losses)), key=lambda row: titles[row]):
        by_loss.setdefault(losses[row], []).append(row)
    for _, rows in sorted(by_loss.items()):
        yield from _cheapest_first(rows, prices(rows)) if len(rows) > 1 else rows


def _cheapest_first(rows: Sequence[int], prices: Sequence[Price]) -> Iterator[int]:
    left = list(range(len(rows)))
    while left:
        cheapest = left
        for price in prices:
            cheapest = price.cheapest(cheapest)
        yield rows[cheapest[0]]
        left.remove(cheapest[0])


def comparable(price: Column, encoded: Sequence[bool]) -> bool:
    """Tell whether rows can be compared by a price, given who works on features encoded beforehand.

    Speeds on such features say nothing beside those of others.
    """
    return price.figure.unit != RATE or len({*encoded}) < 2


def prices(rows: Sequence[Replicates], summary: Table) -> list[Price]:
    """Return what rows cost: the headlines of resources that all of them have.

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
        return []
    return list(_priced(summary, measured, [row.encoded for row in rows]))


def _priced(summary: Table, rows: Sequence[Row], encoded: Sequence[bool]) -> Iterator[Price]:
    for at, column in enumerate(summary.columns):
        if column.split or column.figure.better == "neither" or not comparable(column, encoded):
            continue
        found = [item.value for row in rows if (item := row.measurements[at])]
        values = [value for value in found if isinstance(value, int | float)]
        if len(values) == len(rows):
            yield Price([-value if column.figure.better == "higher" else value for value in values])
