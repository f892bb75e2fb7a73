"""Training curves: for each figure a chart, a line for each cell of the rows that come first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ....api import CellTrace, Row
from .scale import Scale, drawable, fitting, linear
from .texts import name_of

SERIES = 8
"""How many rows a chart shows, the best first; as many as there are colours that all can tell apart."""

SEEDS = 3
"""How many cells of a row have a line."""

POINTS = 24
"""How many points a line has at most."""

FIGURES = 4
"""How many figures of a data set have a chart."""

Line = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Series:
    """The lines of a row: values by step, the colour by its number."""

    title: str
    colour: int
    lines: Sequence[Line]


@dataclass(frozen=True)
class Curves:
    """The course of one figure on one data set; `more` rows with such a course are not shown."""

    dataset: str
    figure: str
    x: Scale
    y: Scale
    series: Sequence[Series]
    more: int

    @property
    def title(self) -> str:
        """What the chart shows."""
        return f"{self.dataset}: {self.figure} by step"


def curves(dataset: str, rows: Sequence[Row], cells: Mapping[str, CellTrace]) -> Iterator[Curves]:
    """Give a chart for each figure that was followed while the cells of a data set were trained."""
    followed = [(row, traces) for row in rows if (traces := _followed(row, cells))]
    names = dict.fromkeys(
        name for _, traces in followed for trace in traces for point in trace.curve for name in point.values
    )
    for name in list(names)[:FIGURES]:
        # A row keeps its colour in all charts of a data set.
        series = [
            Series(name_of(row), at, lines)
            for at, (row, traces) in enumerate(followed[:SERIES])
            if (lines := [line for trace in traces[:SEEDS] if (line := _line(trace, name))])
        ]
        if series:
            points = [point for one in series for line in one.lines for point in line]
            falls = sum(line[-1][1] - line[0][1] for one in series for line in one.lines) < 0
            x = linear(step for step, _ in points)
            # What falls, as losses do, falls by factors; what rises comes up to a limit.
            y = (fitting if falls else linear)(value for _, value in points)
            yield Curves(dataset, name, x, y, series, max(0, len(followed) - SERIES))


def _followed(row: Row, cells: Mapping[str, CellTrace]) -> list[CellTrace]:
    return [cells[cell] for cell in row.cells if cell in cells and cells[cell].curve]


def _line(trace: CellTrace, name: str) -> Line:
    """Return the course of a figure, at most `POINTS` of it, evenly chosen, both ends included."""
    found = [(float(point.step), value) for point in trace.curve if drawable(value := point.values.get(name))]
    if len(found) <= POINTS:
        return found
    return [found[round(at * (len(found) - 1) / (POINTS - 1))] for at in range(POINTS)]
