"""Figures, intervals and answers in few words, as the page's tables and charts say them."""

from __future__ import annotations

import math
from urllib.parse import quote

from ....api import Basis, Column, Comparison, Interval, Row, Verdict

ANSWERS = {
    "better": "surely worse",
    "worse": "surely better",
    "same": "the same within the margin",
    "undecided": "undecided",
    "undecidable": "cannot be decided",
}
"""What a contender is to the one to take, by what that one is to it."""

HOLDS: dict[Basis, str] = {
    "recipe": "for a fresh seed on fresh examples",
    "seeds": "for a fresh seed on these very examples",
    "networks": "for these trained networks on fresh examples, as there is one seed of each",
    "runs": "for another run on the same machine",
}
"""What an interval holds for."""

MOST_DECIMALS = 6


def name_of(row: Row) -> str:
    """Return what charts of one data set call a row."""
    names = [name for axis, name in row.labels.items() if axis != "dataset"]
    return " · ".join([*names, *([row.settings] if row.settings else [])])


def need(found: Comparison, over: str) -> str:
    """Return what it would take to decide; nothing where that is not known, or needless."""
    if found.need is None:
        return ""
    if found.need.low is None:
        return "more runs would hardly tell" if over == "runs" else "more examples would tell"
    upto = "" if found.need.high in (None, found.need.low) else f"–{found.need.high}"
    return f"{found.need.low}{upto} {over} might tell"


def lead(found: Comparison, verdict: Verdict) -> str:
    """Return by how much the one to take is ahead, or how many times as fast, with its interval."""
    if verdict.over == "runs":
        return f"{found.difference:.3g} times ({found.low:.3g} to {found.high:.3g})"
    return gap(found)


def gap(found: Comparison) -> str:
    """Return a difference with its interval, `+0.019 (−0.004 to +0.041)`; without one that says nothing."""
    if not math.isfinite(found.low + found.high):
        return f"{found.difference:+.4f}".replace("-", "−")
    places = decimals(found.low, found.high)
    told = f"{found.difference:+.{places}f} ({found.low:+.{places}f} to {found.high:+.{places}f})"
    return told.replace("-", "−")


def interval(found: Interval | None, places: int) -> str:
    """Return `0.971 to 0.985`; nothing where there is no interval."""
    if found is None or not math.isfinite(found.low + found.high):
        return ""
    return f"{found.low:.{places}f} to {found.high:.{places}f}"


def rank(found: tuple[int, int]) -> str:
    """Return `1`, or `1–3`."""
    first, last = found
    return str(first) if first == last else f"{first}–{last}"


def axis(column: Column) -> str:
    """Return a column's title with its unit and an arrow to the better side."""
    unit = f" ({column.figure.unit})" if column.figure.unit else ""
    arrow = {"higher": " ↑", "lower": " ↓", "neither": ""}[column.figure.better]
    return f"{column.title}{unit}{arrow}"


def link(path: str) -> str:
    """Return the address of a file beside the page; no name in it can lead to another server or scheme."""
    return quote(path.lstrip("/"), safe="/")


def duration(seconds: float) -> str:
    """Return a time in its two largest units."""
    minutes, hours = divmod(round(seconds), 60), divmod(round(seconds / 60), 60)
    return f"{hours[0]} h {hours[1]} min" if seconds >= 3600 else f"{minutes[0]} min {minutes[1]} s"


def decimals(low: float, high: float) -> int:
    """Return how many decimals show two digits of half the width of an interval."""
    half = (high - low) / 2
    return 4 if not 0 < half < math.inf else min(MOST_DECIMALS, max(0, 1 - math.floor(math.log10(half))))
