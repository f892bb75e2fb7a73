"""How rows stand to limits, so that all of it holds together with one confidence."""

from __future__ import annotations

from collections.abc import Sequence

from .measured import Bounds, Measured
from .values import Held, Limit, Standing

Limited = Sequence[tuple[Limit, Measured]]

HOPELESS = 0.05
"""Rows of which it is as unlikely as this that they are within the limits count for nothing."""


def held(limits: Limited, alpha: float) -> list[list[Held]]:
    """Return how each row stands to each limit, `[rows][limits]`.

    That any row is wrongly called within has a chance of `alpha` at most, so what is chosen among those rows,
    by whatever, breaks a limit no more often. Holm's procedure (1979), without the rows that are clearly not
    within and at a level that makes up for it (Tian and Ramdas 2019). How many limits there are makes no
    difference, as a row must be within all of them.
    """
    if not limits:
        return []
    rows = range(len(limits[0][1].values))
    outer = [measured.bounds(HOPELESS) for _, measured in limits]
    hopeful = [row for row in rows if not _any_beyond(limits, outer, row)]
    inside: list[int] = []
    while True:
        level = alpha * (1 - HOPELESS) / max(1, len(hopeful) - len(inside))
        bounds = [measured.bounds(level) for _, measured in limits]
        found = [row for row in hopeful if _all_within(limits, bounds, row)]
        if len(found) <= len(inside):
            break
        inside = found
    strict = [measured.bounds(alpha / len(rows)) for _, measured in limits]
    return [
        [
            _held(limit, measured, row, each[row], strictly[row])
            for (limit, measured), each, strictly in zip(limits, bounds, strict, strict=True)
        ]
        for row in rows
    ]


def _any_beyond(limits: Limited, bounds: Sequence[Sequence[Bounds | None]], row: int) -> bool:
    """Tell whether a row was not measured, or the better end of its interval is beyond a limit."""
    return any(
        measured.values[row] is None or _beyond(limit, each[row])
        for (limit, measured), each in zip(limits, bounds, strict=True)
    )


def _all_within(limits: Limited, bounds: Sequence[Sequence[Bounds | None]], row: int) -> bool:
    return all(_within(limit, each[row]) for (limit, _), each in zip(limits, bounds, strict=True))


def _held(limit: Limit, measured: Measured, row: int, bounds: Bounds | None, strict: Bounds | None) -> Held:
    value = measured.values[row]
    standing: Standing = "open"
    reach = None if bounds is None else bounds[limit.most]
    if value is None:
        standing = "unmeasured"
    elif _within(limit, bounds):
        standing = "within"
    elif strict is not None and _beyond(limit, strict):
        standing, reach = "outside", strict[not limit.most]
    return Held(limit, measured.column, standing, value, reach, measured.overs[row] if measured.overs else "")


def _within(limit: Limit, bounds: Bounds | None) -> bool:
    """Tell whether a row is surely within a limit: the worse end of its interval is."""
    return bounds is not None and limit.allows(bounds[limit.most])


def _beyond(limit: Limit, bounds: Bounds | None) -> bool:
    """Tell whether a row is surely not within a limit: the better end of its interval is not."""
    return bounds is not None and not limit.allows(bounds[not limit.most])
