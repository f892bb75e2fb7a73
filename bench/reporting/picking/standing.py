"""How rows stand to limits, so that all of it holds together with one confidence."""

from __future__ import annotations

from collections.abc import Sequence

from .measured import Bounds, Measured
from .values import Held, Limit, Standing

Limited = Sequence[tuple[Limit, Measured]]


def held(limits: Limited, alpha: float) -> list[list[Held]]:
    """Return how each row stands to each limit, `[rows][limits]`.

    That any row is wrongly called within has a chance of `alpha` at most (Holm 1979), so what is chosen among
    those rows, by whatever, breaks a limit no more often. How many limits there are makes no difference, as a
    row must be within all of them.
    """
    if not limits:
        return []
    rows = range(len(limits[0][1].values))
    wholly = [row for row in rows if all(measured.values[row] is not None for _, measured in limits)]
    inside: list[int] = []
    while True:
        level = alpha / max(1, len(wholly) - len(inside))
        bounds = [measured.bounds(level) for _, measured in limits]
        found = [
            row
            for row in wholly
            if all(_within(limit, each[row]) for (limit, _), each in zip(limits, bounds, strict=True))
        ]
        if len(found) <= len(inside):
            break
        inside = found
    strict = [measured.bounds(alpha / max(1, len(wholly))) for _, measured in limits]
    return [
        [
            _held(limit, measured, row, each[row], strictly[row])
            for (limit, measured), each, strictly in zip(limits, bounds, strict, strict=True)
        ]
        for row in rows
    ]


def _held(limit: Limit, measured: Measured, row: int, bounds: Bounds | None, strict: Bounds | None) -> Held:
    value = measured.values[row]
    standing: Standing = "open"
    if value is None:
        standing = "unmeasured"
    elif _within(limit, bounds):
        standing = "within"
    elif strict is not None and not limit.allows(strict[0] if limit.most else strict[1]):
        standing = "outside"
    reach = None if bounds is None else bounds[1] if limit.most else bounds[0]
    return Held(limit, measured.column, standing, value, reach, measured.overs[row] if measured.overs else "")


def _within(limit: Limit, bounds: Bounds | None) -> bool:
    """Tell whether a row is surely within a limit: the end of its interval that is nearer to it is."""
    return bounds is not None and limit.allows(bounds[1] if limit.most else bounds[0])
