"""What became of a figure, in words; as plain text on one line."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from ...api import Comparison
from ...toolkit.rendering import number, with_spread
from .tolerances import Margins
from .values import Change, Check, Measured

NEAR = (0.5, 2.0)
"""Ratios between these are told in percent, with their intervals."""


def change_of(change: Change) -> str:
    """Return how far a figure has moved: by how much, or to how many times as much."""
    moved = _moved(change)
    return "" if moved is None else _teller(change)(moved)


def interval_of(change: Change) -> str:
    """Return between what the true change lies; empty where that is not known."""
    found = change.comparison
    if found is None or not (isfinite(found.low) and isfinite(found.high)):
        return ""
    low, high = map(_teller(change), (found.low, found.high))
    unit = high.partition(" ")[2]
    return f"{low.removesuffix(f' {unit}')} to {high}"


def answer_of(change: Change, margins: Margins) -> str:
    """Return what can be said of a change, and what it would take to say more."""
    found = change.comparison
    if change.identical:
        return "identical"
    if found is None:
        return change.note
    return _answer(found, change, margins) + (" (of these networks)" if found.basis == "networks" else "")


def value_of(measured: Measured | None) -> str:
    """Return a mean with its spread."""
    return "" if measured is None else with_spread(measured.mean, measured.spread)


def check_of(check: Check) -> str:
    """Return in a line what a check came to."""
    title = f"{check.pair.title}: {check.change.column.title}"
    tolerated = f", more than {check.tolerance.amount.spelled}" if check.tolerance.amount.spelled else ""
    lost = _loss(check)
    sure = "" if check.p is None else f" (p = {check.p:.2g})"
    if check.outcome == "lost":
        return f"{title} has lost {lost}{tolerated}{sure}"
    return f"{title} may have lost {lost}{tolerated}: {check.note}{sure}"


def _answer(found: Comparison, change: Change, margins: Margins) -> str:
    if found.answer == "same":
        return same(change, margins)
    if found.answer == "undecidable":
        return f"cannot be decided: {change.note or 'too few seeds'}"
    if found.answer != "undecided" or found.need is None:
        return found.answer
    need, runs = found.need, found.basis == "runs"
    if need.low is None:
        return f"undecided: {'more runs would hardly' if runs else 'more test examples may'} decide"
    what = "runs" if runs else "seeds"
    many = f"{need.low}" if need.high in (None, need.low) else f"{need.low} to {need.high}"
    return f"undecided: {many} {what} of each may decide"


def same(change: Change, margins: Margins) -> str:
    """Return what two are that surely differ by less than a margin."""
    return f"same within {(margins.quality if change.over == 'seeds' else margins.resources).spelled}"


def _loss(check: Check) -> str:
    if check.change.over == "runs" and isfinite(check.share):
        return f"{100 * check.share:.3g} %"
    return _amount(check.loss, check.change)


def _difference(value: float, change: Change) -> str:
    sign = "−" if value < 0 else "+"
    return f"{sign}{_amount(abs(value), change)}"


def _amount(value: float, change: Change) -> str:
    """Return a number in points of a hundred if the figures are shares, in the figure's unit if not."""
    unit = change.column.figure.unit
    means = [side.mean for side in (change.first, change.second) if side is not None]
    if not unit and all(0 <= found <= 1 for found in means):
        return f"{100 * value:.2f} points"
    return f"{number(float(value))} {unit}".rstrip()


def _moved(change: Change) -> float | None:
    """Return the change itself; of resources the ratio."""
    if change.comparison is not None:
        return change.comparison.difference
    if change.first is None or change.second is None:
        return None
    if change.over == "seeds":
        return change.second.mean - change.first.mean
    return change.second.mean / change.first.mean if change.first.mean > 0 else None


def _teller(change: Change) -> Callable[[float], str]:
    """Return what puts a change, and the ends of its interval, in words: all in one unit."""
    if change.over == "seeds":
        return lambda value: _difference(value, change)
    found = change.comparison
    ratios = [_moved(change)] if found is None else [found.difference, found.low, found.high]
    near = all(ratio is None or NEAR[0] < ratio < NEAR[1] or not isfinite(ratio) for ratio in ratios)
    return _percent if near else _times


def _percent(ratio: float) -> str:
    """Return 1.042 as +4.2 %."""
    return f"{'−' if ratio < 1 else '+'}{abs(100 * (ratio - 1)):.1f} %"


def _times(ratio: float) -> str:
    """Return 3.081 as 3.08 times."""
    return (
        f"{ratio:.2f} times" if ratio < 10 else f"{ratio:.3g} times" if ratio < 100 else f"{ratio:.0f} times"
    )
