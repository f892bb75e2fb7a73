from __future__ import annotations

import pytest

from bench.api import Circumstances, Column, Figure, Measurement, Report, Row, Table
from bench.errors import BenchError
from bench.reporting.leaderboard import arranged

ACCURACY = Column(Figure("accuracy", better="higher"), "test accuracy", split="test")
LATENCY = Column(Figure("latency_ms_p50", "ms", better="lower"), "latency_ms_p50")
METHOD = Column(Figure("method"), "method")


def row(name, *values) -> Row:
    return Row(
        {"backbone": name}, "done", [None if value is None else Measurement(value) for value in values]
    )


TABLE = Table(
    "leaderboard",
    [ACCURACY, LATENCY, METHOD],
    [row("c", 0.9, 3.0, "y"), row("a", 0.8, None, "x"), row("b", None, 2.0, "z")],
)
REPORT = Report([TABLE], TABLE, [], [], Circumstances([], {}, "", "", 0.0))


def rows(**options) -> str:
    return "".join(row.labels["backbone"] for row in arranged(REPORT, **options).summary.rows)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("test accuracy", "cab"),
        ("latency_ms_p50", "bca"),
        ("method", "acb"),
        ("backbone", "abc"),
        (None, "cab"),
    ],
)
def test_rows_are_sorted_the_best_first_and_those_without_a_figure_last(sort, order):
    assert rows(sort=sort) == order


def test_columns_are_chosen_by_title_or_pattern_in_their_order():
    found = arranged(REPORT, ["latency*", "accuracy"])
    assert [column.title for column in found.summary.columns] == ["latency_ms_p50", "test accuracy"]
    assert [item and item.value for item in found.summary.rows[0].measurements] == [3.0, 0.9]
    assert found.tables == [found.summary]
    assert rows(columns=["accuracy"], sort="latency_ms_p50") == "bca"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sort": "test acuracy"}, "--sort: no column 'test acuracy'; did you mean 'test accuracy'?"),
        ({"columns": ["metod"]}, "--columns: no column fits 'metod'; did you mean 'method'?"),
        ({"sort": "?"}, "--sort: no column '?'; there are backbone, test accuracy, latency_ms_p50, method"),
    ],
)
def test_what_is_no_column_is_told(options, told):
    with pytest.raises(BenchError) as error:
        arranged(REPORT, **options)
    assert str(error.value) == told
