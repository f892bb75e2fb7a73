"""Quality against what it costs: a point a row, and the Pareto front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....api import APART, HOUSEKEEPING, Column, Row, Table, Verdict
from ....statistics.pareto import front
from .scale import Scale, drawable, fitting, linear
from .texts import name_of

DOTS = 60
"""With more points than this, only those of the front can be told apart by pointing at them."""

ENCODING = "encode"
"""The phase of rows that train and evaluate on features encoded beforehand."""

BEFOREHAND = "on features encoded beforehand"

TIME = "s"


@dataclass(frozen=True)
class Point:
    """A row, by its number in the table, with its two values; `encoded` if its features were beforehand."""

    row: int
    title: str
    cost: float
    quality: float
    chosen: bool
    encoded: bool


@dataclass(frozen=True)
class Cloud:
    """Points that may be compared with each other, and those of them on the front, from the left."""

    name: str
    front: Sequence[Point]
    rest: Sequence[Point]


@dataclass(frozen=True)
class Tradeoff:
    """Quality against one cost. `elsewhere` rows were measured under other conditions and are not on it."""

    dataset: str
    quality: Column
    cost: Column
    x: Scale
    y: Scale
    clouds: Sequence[Cloud]
    elsewhere: int

    @property
    def title(self) -> str:
        """What the chart shows."""
        return f"{self.dataset}: {self.quality.title} against {self.cost.title}"

    @property
    def points(self) -> Sequence[Point]:
        """All points."""
        return [point for cloud in self.clouds for point in (*cloud.front, *cloud.rest)]

    @property
    def crowded(self) -> bool:
        """Whether there are too many points to tell them apart."""
        return len(self.points) > DOTS


def tradeoffs(table: Table, verdict: Verdict) -> Iterator[Tradeoff]:
    """Give a chart for each cost of which two or more rows of the verdict's data set have a figure."""
    if verdict.column not in table.columns or verdict.column.figure.better == "neither":
        return
    drawn: set[str] = set()
    for cost in _costs(table):
        found = None if cost.figure.name in drawn else _tradeoff(table, verdict, cost)
        if found is not None:
            drawn.add(cost.figure.name)
            yield found


def _costs(table: Table) -> Iterator[Column]:
    """Give headlines with a better side, and how long training took."""
    timed = False
    for column in table.columns:
        figure = column.figure
        told = figure.role in ("cached", "disturbance") or column.split or column.phase in HOUSEKEEPING
        if figure.better == "neither" or told:
            continue
        times = figure.unit == TIME and column.phase not in APART and not timed
        timed = timed or times
        if figure.headline or times:
            yield column


def _tradeoff(table: Table, verdict: Verdict, cost: Column) -> Tradeoff | None:
    measured = list(_measured(table, verdict, cost))
    points = _largest_group(measured)
    if len(points) < 2:
        return None
    clouds = [
        _cloud(name, part, cost, verdict.column)
        for name, encoded in (("", False), (BEFOREHAND, True))
        if (part := [point for point in points if point.encoded == encoded])
    ]
    return Tradeoff(
        verdict.dataset,
        verdict.column,
        cost,
        fitting(point.cost for point in points),
        linear(point.quality for point in points),
        clouds,
        len(measured) - len(points),
    )


def _measured(table: Table, verdict: Verdict, cost: Column) -> Iterator[tuple[Row, Point]]:
    """Give the rows of the verdict's data set that have both figures."""
    x, y = table.columns.index(cost), table.columns.index(verdict.column)
    chosen = set(verdict.best.cells)
    encoding = [p for p, c in enumerate(table.columns) if c.phase == ENCODING and cost.figure.by_phase]
    for at, row in enumerate(table.rows):
        across, up = row.measurements[x], row.measurements[y]
        if row.labels.get("dataset", "") != verdict.dataset or across is None or up is None:
            continue
        if drawable(across.value) and drawable(up.value):
            yield (
                row,
                Point(
                    at,
                    name_of(row),
                    float(across.value),
                    float(up.value),
                    chosen=not chosen.isdisjoint(row.cells),
                    encoded=any(row.measurements[place] is not None for place in encoding),
                ),
            )


def _largest_group(measured: Sequence[tuple[Row, Point]]) -> Sequence[Point]:
    """Return the points of the rows that were measured under the same conditions as most are."""
    groups: dict[object, list[Point]] = {}
    for row, point in measured:
        groups.setdefault(tuple(row.conditions.items()), []).append(point)
    return max(groups.values(), key=len, default=[])


def _cloud(name: str, points: Sequence[Point], cost: Column, quality: Column) -> Cloud:
    ways = [way for way in (cost.figure.better, quality.figure.better) if way != "neither"]
    best = set(front([(point.cost, point.quality) for point in points], ways))
    return Cloud(
        name,
        sorted((point for at, point in enumerate(points) if at in best), key=lambda point: point.cost),
        [point for at, point in enumerate(points) if at not in best],
    )
