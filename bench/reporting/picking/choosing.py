"""Which row to take: the best of those that are surely within the limits, with its price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...api import Column
from ...statistics.pareto import front
from ..preference import SLACK, Price, comparable, preferred
from .candidates import Candidates
from .measured import Measured
from .standing import held
from .values import Held, Option, Pick, Wish


def choose(found: Candidates, wish: Wish) -> Pick:
    """Return what to take of some rows. What it says holds together with a confidence of 1 - `wish.alpha`."""
    limits = held(found.limits, wish.alpha) or [[] for _ in found.rows]
    options = [_option(found, row, limits[row]) for row in range(len(found.rows))]
    allowed = [
        row for row, option in enumerate(options) if option.state == "within" and _can_choose(found, row)
    ]
    order = [allowed[at] for at in _order(found.of(allowed))]
    best_first = found.of(order)
    chosen = _compared([options[row] for row in order], best_first, wish)
    alike = found.chooser.column == found.goal.column
    return Pick(
        found.dataset,
        found.goal.column,
        found.chooser.column.title,
        [*chosen, *(option for row, option in enumerate(options) if row not in allowed)],
        place=found.place,
        priced=[axis.column for axis in _axes(best_first)[1:]],
        quality=found.quality.column if found.quality else None,
        taken=chosen[0] if chosen else None,
        otherwise=_otherwise(best_first.chooser, wish.alpha),
        corrected=best_first.goal.corrected(0, wish.alpha) if alike and len(order) > 1 else None,
        closest=None if chosen else _closest(found, options),
        examples=found.goal.examples,
        confidence=1 - wish.alpha,
        margin=wish.margin,
    )


def _option(found: Candidates, row: int, limits: Sequence[Held]) -> Option:
    columns = [found.goal, found.chooser, found.quality, *found.prices, *(item for _, item in found.limits)]
    values = {item.column.title: item.values[row] for item in columns if item is not None and item.values}
    return Option(
        found.rows[row].title,
        [record.id for record in found.rows[row].done],
        len(found.rows[row].done),
        {title: value for title, value in values.items() if value is not None},
        limits,
    )


def _can_choose(found: Candidates, row: int) -> bool:
    return found.goal.values[row] is not None and found.chooser.values[row] is not None


def _axes(found: Candidates) -> list[Measured]:
    """Return what rows are chosen by, and then what they cost, as far as all of them have it."""
    limited = [item for _, item in found.limits if _is_price(item.column)]
    prices = {item.column.title: item for item in (*found.prices, *limited)}
    apart = (found.goal.column.title, found.chooser.column.title)
    return [
        found.chooser,
        *(
            item
            for title, item in prices.items()
            if title not in apart and comparable(item.column, found.encoded) and item.values and item.complete
        ),
    ]


def _is_price(column: Column) -> bool:
    return not column.split and column.figure.better != "neither"


def _losses(axes: Sequence[Measured], row: int) -> tuple[float, ...]:
    return tuple(-axis.sign * value for axis in axes if (value := axis.values[row]) is not None)


def _order(found: Candidates) -> list[int]:
    losses = [_losses([found.chooser], row)[0] for row in range(len(found.rows))]
    return [*preferred(losses, [row.title for row in found.rows], lambda equal: _prices(found.of(equal)))]


def _prices(found: Candidates) -> list[Price]:
    rows = range(len(found.rows))
    return [
        Price([_losses([axis], row)[0] for row in rows], SLACK if _is_price(axis.column) else 0.0)
        for axis in _axes(found)[1:]
    ]


def _compared(options: Sequence[Option], found: Candidates, wish: Wish) -> list[Option]:
    """Return the options with what the first, which is taken, is to each."""
    if not options:
        return []
    axes = _axes(found)
    on_front = front([_losses(axes, row) for row in range(len(options))], ["lower"] * len(axes))
    comparisons = found.goal.comparisons(wish.alpha, wish.margin)
    intervals = found.goal.intervals(wish.alpha)
    ratios = {axis.column.title: axis.cheaper(wish.alpha) for axis in axes[1:]}
    return [
        replace(
            option,
            front=row in on_front,
            interval=intervals[row],
            comparison=comparisons[row],
            ratios={title: ratio for title, each in ratios.items() if (ratio := each[row]) is not None},
        )
        for row, option in enumerate(options)
    ]


def _otherwise(chooser: Measured, alpha: float) -> float | None:
    """Return how often resamples take another than the first; None if there is no other."""
    if len(chooser.values) < 2:
        return None
    if chooser.exact:
        return 0.0
    return 1 - float(chooser.family(alpha).chosen_again()[0])


def _closest(found: Candidates, options: Sequence[Option]) -> Option | None:
    """Return the row that breaks limits by the smallest share of any of them; of equals the best."""
    measured = [
        row
        for row, option in enumerate(options)
        if _can_choose(found, row) and all(item.value is not None for item in option.held)
    ]
    if not measured:
        return None
    return options[min(measured, key=lambda row: (options[row].excess, _losses([found.chooser], row)))]
