"""Quality against cost: what is drawn, what is compared with what, and what is on the front."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from bench import Column, Figure, Measurement, Row, Table, Verdict
from bench.reporting.writers.html.joined import join
from bench.reporting.writers.html.tradeoffs import BEFOREHAND, Tradeoff, tradeoffs
from pages import ACCURACY, ENCODE, LATENCY, MEMORY, SECONDS, TRAIN, Shape, report

FOUND = report(Shape(("a", "b"), rows=40, failing=3))
WIDE, _ = join(FOUND)


def charts(table: Table = WIDE, verdict: Verdict = FOUND.verdicts[0]) -> list[Tradeoff]:
    return list(tradeoffs(table, verdict))


def by(cost: Column, table: Table = WIDE) -> Tradeoff:
    [chart] = [chart for chart in charts(table) if chart.cost == cost]
    return chart


def test_costs_are_headlines_and_how_long_training_took():
    assert [chart.cost for chart in charts()] == [TRAIN, LATENCY, MEMORY, SECONDS]
    assert {chart.dataset for chart in charts()} == {"a"}


def test_a_figure_that_says_how_much_memory_a_cell_needs_is_a_cost_and_one_of_others_is_none():
    def table(role: str) -> Table:
        columns = [
            replace(c, figure=replace(c.figure, role=role)) if c == MEMORY else c for c in WIDE.columns
        ]
        return replace(WIDE, columns=columns)

    assert [chart.cost.title for chart in charts(table("memory"))][2] == "train_peak_mib"
    assert "train_peak_mib" not in [chart.cost.title for chart in charts(table("disturbance"))]


@pytest.mark.parametrize("cost", [TRAIN, LATENCY, MEMORY, SECONDS], ids=lambda column: column.title)
def test_the_front_is_what_no_other_point_beats(cost):
    for cloud in by(cost).clouds:
        points = [*cloud.front, *cloud.rest]
        sign = 1 if cost.figure.better == "higher" else -1

        def beats(first, second, sign=sign):
            gains = first.quality - second.quality, sign * (first.cost - second.cost)
            return min(gains) >= 0 and max(gains) > 0

        beaten = {second.row for first, second in product(points, points) if beats(first, second)}
        assert {point.row for point in cloud.rest} == beaten
        assert [point.cost for point in cloud.front] == sorted(point.cost for point in cloud.front)


def test_on_features_encoded_beforehand_rows_are_compared_with_each_other_alone():
    plain, encoded = by(TRAIN).clouds
    assert encoded.name == BEFOREHAND
    assert all("feature-extract" in point.title for point in (*encoded.front, *encoded.rest))
    assert not any("feature-extract" in point.title for point in (*plain.front, *plain.rest))
    [whole] = by(LATENCY).clouds  # of one prediction, encoding included
    assert {point.row for point in by(TRAIN).points} == {point.row for point in (*whole.front, *whole.rest)}


def test_points_are_those_of_the_table_and_the_chosen_one_is_marked():
    chart = by(LATENCY)
    for point in chart.points:
        row = WIDE.rows[point.row]
        assert row.labels["dataset"] == "a"
        assert point.cost == row.measurements[WIDE.columns.index(LATENCY)].value
    assert [point.row for point in chart.points if point.chosen] == [0]


def test_what_was_measured_under_other_conditions_is_not_drawn():
    rows = [replace(row, conditions={"machine": "m" if at < 30 else "n"}) for at, row in enumerate(WIDE.rows)]
    chart = by(LATENCY, replace(WIDE, rows=rows))
    assert {point.row for point in chart.points} == set(range(30))
    assert chart.elsewhere == 7


def test_one_point_is_no_chart_and_what_is_no_number_no_point():
    def table(*values: object) -> Table:
        rows = [
            Row({"backbone": str(at), "dataset": "a"}, "done", [Measurement(0.5), Measurement(value)])
            for at, value in enumerate(values)
        ]
        return Table("t", [ACCURACY, LATENCY], rows)

    assert charts(table(1.0)) == []
    assert charts(table(1.0, float("nan"), float("inf"), "much")) == []
    assert len(by(LATENCY, table(1.0, float("nan"), 2.0)).points) == 2


def test_a_figure_that_only_describes_has_no_front():
    column = Column(Figure("loss"), "test accuracy", split="test")
    assert charts(verdict=replace(FOUND.verdicts[0], column=column)) == []
    described = replace(WIDE, columns=[column, *WIDE.columns[1:]])
    assert charts(described, replace(FOUND.verdicts[0], column=column)) == []


def test_encoding_alone_is_no_cost_where_training_is():
    assert ENCODE not in [chart.cost for chart in charts()]
