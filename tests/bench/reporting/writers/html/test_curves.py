"""Training curves: which, how many, and of how many points."""

from __future__ import annotations

import math

from bench import CellTrace, Point, Row
from bench.reporting.writers.html.curves import FIGURES, POINTS, SEEDS, SERIES, Curves, curves


def trace(cell: str, *points: Point) -> CellTrace:
    return CellTrace(cell, 0, "done", f"cells/{cell}.json", curve=points)


def falling(length: int, name: str = "train loss") -> list[Point]:
    return [Point(at, {name: 100 / (at + 1)}) for at in range(length)]


def drawn(cells: list[CellTrace], *, seeds: int = 1) -> list[Curves]:
    rows = [
        Row({"backbone": f"b{at}", "dataset": "d"}, "done", [], cells=[c.id for c in cells[at : at + seeds]])
        for at in range(0, len(cells), seeds)
    ]
    return list(curves("d", rows, {cell.id: cell for cell in cells}))


def test_long_curves_are_thinned_and_keep_their_ends():
    [chart] = drawn([trace("a", *falling(1000))])
    [line] = chart.series[0].lines
    assert len(line) == POINTS
    assert (line[0], line[-1]) == ((0, 100), (999, 0.1))


def test_short_curves_stay_as_they_are():
    [chart] = drawn([trace("a", *falling(3))])
    assert chart.series[0].lines == [[(0, 100), (1, 50), (2, 100 / 3)]]


def test_the_first_rows_are_drawn_with_a_few_seeds_each():
    [chart] = drawn([trace(f"{at:03}", *falling(5)) for at in range(50)], seeds=5)
    assert len(chart.series) == SERIES
    assert [one.colour for one in chart.series] == list(range(SERIES))
    assert {len(one.lines) for one in chart.series} == {SEEDS}
    assert chart.more == 2


def test_each_figure_has_a_chart_up_to_a_number_of_them():
    points = [Point(at, {f"f{name}": 1.0 + at for name in range(9)}) for at in range(3)]
    assert [chart.figure for chart in drawn([trace("a", *points)])] == [f"f{at}" for at in range(FIGURES)]


def test_a_row_keeps_its_colour_where_others_have_no_such_figure():
    one, other = trace("a", *falling(3)), trace("b", *falling(3, "val accuracy"))
    charts = {chart.figure: chart for chart in drawn([one, other])}
    assert [series.colour for series in charts["val accuracy"].series] == [1]


def test_what_falls_by_factors_is_logarithmic_and_what_rises_is_not():
    [down] = drawn([trace("a", *falling(1000))])
    [up] = drawn([trace("a", *reversed([Point(999 - p.step, p.values) for p in falling(1000)]))])
    assert (down.y.log, up.y.log) == (True, False)


def test_values_that_are_no_numbers_are_left_out():
    points = [
        Point(0, {"train loss": 1.0}),
        Point(1, {"train loss": math.nan}),
        Point(2, {"train loss": 0.5}),
    ]
    [chart] = drawn([trace("a", *points)])
    assert chart.series[0].lines == [[(0, 1.0), (2, 0.5)]]
    assert drawn([trace("a", Point(0, {"train loss": math.inf}))]) == []


def test_cells_without_a_curve():
    assert drawn([trace("a")]) == []
