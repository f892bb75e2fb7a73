"""The Pareto front: what nothing else is at least as good as in everything, and better in something."""

from __future__ import annotations

from collections.abc import Sequence
from operator import le, lt
from typing import Literal

Points = Sequence[Sequence[float]]


def front(points: Points, better: Sequence[Literal["higher", "lower"]]) -> list[int]:
    """Return the positions of the points that no other dominates, in ascending order.

    points: `[N][D]`, numbers without nan. better: which way each of the D coordinates is better. Equal
    points do not dominate each other, so they are on the front together.
    """
    losses = [
        tuple(-value if way == "higher" else value for value, way in zip(point, better, strict=True))
        for point in points
    ]
    found: list[int] = []
    # A point sorts after whatever dominates it, so it need only be held against the front so far.
    for at in sorted(range(len(losses)), key=losses.__getitem__):
        if not any(_dominates(losses[other], losses[at]) for other in found):
            found.append(at)
    return sorted(found)


def _dominates(first: Sequence[float], second: Sequence[float]) -> bool:
    return all(map(le, first, second)) and any(map(lt, first, second))
