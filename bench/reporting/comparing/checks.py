"""Whether rows have lost more than is tolerated, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, isfinite

from ...api import Column
from ...errors import BenchError
from ...toolkit.messages import did_you_mean
from ...toolkit.rendering import plain
from .tolerances import Tolerance
from .values import Change, Check, Pair, Versus

ALPHA = 0.05
"""How often rows that have lost nothing may be said to have, over all checks together."""


def checked(versus: Sequence[Versus], tolerances: Sequence[Tolerance]) -> tuple[list[Check], list[str]]:
    """Return a check of each row that has a figure for each tolerance, and what is wrong, a line each.

    What is wrong is that only one side of a row has the figure. A loss is one if it surely is a loss at all,
    by one-sided tests that hold together, and if what was measured of it is more than is tolerated.

    Raises BenchError for the name of no figure, or of one that is neither better nor worse.
    """
    found: list[Check] = []
    faults: list[str] = []
    for tolerance in tolerances:
        for against, pair, change in _asked(versus, tolerance):
            if change.column.figure.better == "neither":
                raise BenchError(f"'{tolerance.name}' only describes: neither more nor less of it is a loss")
            if change.first is None or change.second is None:
                side = against.first if change.first is None else against.second
                faults.append(f"{pair.title}: {change.column.title} was not measured in {side}")
            else:
                loss = _loss(change.column, change.first.mean, change.second.mean)
                share = loss / abs(change.first.mean) if change.first.mean else inf if loss > 0 else 0.0
                found.append(_tested(Check(against, pair, change, tolerance, loss, share, "kept")))
    adjusted = iter(holm([check.p for check in found if check.p is not None]))
    return [
        check if check.p is None else _decided(replace(check, p=next(adjusted))) for check in found
    ], faults


def holm(levels: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that they hold together (Holm 1979), in the order given."""
    adjusted, largest = [0.0] * len(levels), 0.0
    for rank, at in enumerate(sorted(range(len(levels)), key=lambda at: levels[at])):
        largest = max(largest, min(1.0, levels[at] * (len(levels) - rank)))
        adjusted[at] = largest
    return adjusted


def _asked(versus: Sequence[Versus], tolerance: Tolerance) -> list[tuple[Versus, Pair, Change]]:
    """Return what became of a figure in each row that has it."""
    found = [
        (against, pair, change)
        for against in versus
        for pair in against.pairs
        if (change := _named(pair.changes, tolerance.name)) is not None
    ]
    if not found:
        raise BenchError(f"no row has a figure '{plain(tolerance.name)}'{_hint(versus, tolerance.name)}")
    return found


def _named(changes: Sequence[Change], name: str) -> Change | None:
    """Return the figure of a title; or of a metric, on the split that ranks."""
    by_title = (change for change in changes if change.column.title == name)
    by_metric = (change for change in changes if change.column.split and change.column.figure.name == name)
    return next(by_title, None) or next(by_metric, None)


def _hint(versus: Sequence[Versus], name: str) -> str:
    changes = [change for against in versus for pair in against.pairs for change in pair.changes]
    known = list(dict.fromkeys(change.column.title for change in changes))
    return did_you_mean(name, known) or f"; there are {', '.join(known)}, and all columns of the tables"


def _loss(column: Column, first: float, second: float) -> float:
    return second - first if column.figure.better == "lower" else first - second


def _tested(check: Check) -> Check:
    """Return a check with the level of its one-sided test, which is not adjusted for others yet."""
    comparison = check.change.comparison
    if comparison is None or comparison.answer == "undecidable" or not isfinite(comparison.p):
        note = check.change.note or "too few seeds"
        return replace(check, outcome="undecided" if check.loss > 0 else "kept", note=note)
    return replace(check, p=comparison.p / 2 if check.loss > 0 else 1 - comparison.p / 2)


def _decided(check: Check) -> Check:
    amount = check.tolerance.amount
    if (check.share if amount.relative else check.loss) <= amount.value:
        return check
    if check.p is not None and check.p < ALPHA:
        return replace(check, outcome="lost")
    return replace(check, outcome="undecided", note="it may be chance")
