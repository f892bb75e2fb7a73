from __future__ import annotations

import pytest

from bench.errors import BenchError
from bench.reporting.comparing.rows import Side, matched, reason_missing, sides_by_axis
from bench.reporting.standings import Standings


def side(title, *records) -> Side:
    return Side(title, Standings(records).quality)


def names(matches) -> list[tuple[str, list[int]]]:
    return [(match.title, sorted(match.rows)) for match in matches]


def test_rows_are_matched_by_their_labels_also_where_recipes_differ(record):
    old = side("old", record("a", accuracy=0.5), record("b", accuracy=0.5))
    new = side("new", record("b", accuracy=0.5, identity={"settings": {"lr": 1}}), record("c", accuracy=0.5))
    assert names(matched([old, new])) == [
        ("a · fine-tune · digits", [0]),
        ("b · fine-tune · digits", [0, 1]),
        ("c · fine-tune · digits", [1]),
    ]


def test_rows_of_the_same_labels_are_matched_by_their_settings(record):
    def slow(rate, **fields):
        return record("a", accuracy=0.5, identity={"settings": {"lr": rate}}, **fields)

    old, new = side("old", slow(1), slow(2)), side("new", slow(2), slow(3))
    assert names(matched([old, new])) == [
        ("a · fine-tune · digits · settings.lr=1", [0]),
        ("a · fine-tune · digits · settings.lr=2", [0, 1]),
        ("a · fine-tune · digits · settings.lr=3", [1]),
    ]


def test_a_row_that_failed_is_none_and_says_why(record):
    old, new = side("old", record("a", accuracy=0.5)), side("new", record("a"))
    [match] = matched([old, new])
    assert sorted(match.rows) == [0]
    assert reason_missing(new, match, None) == "out of memory"


def test_along_an_axis_rows_are_matched_by_the_others(record):
    records = [
        record("a", "fine-tune", accuracy=0.5),
        record("a", "freeze", accuracy=0.5),
        record("b", "freeze", accuracy=0.5),
        record("b", "fine-tune", accuracy=0.4),
        record("b", "fine-tune", "other", accuracy=0.4),
    ]
    sides = sides_by_axis(Standings(records).quality, "objective")
    assert [found.title for found in sides] == ["fine-tune", "freeze"]
    assert names(matched(sides, "objective")) == [
        ("a · digits", [0, 1]),
        ("b · digits", [0, 1]),
        ("b · other", [0]),
    ]


@pytest.mark.parametrize(
    ("axis", "told"),
    [
        ("objectives", "no row has an axis 'objectives'; did you mean 'objective'?"),
        ("lr", "no row has an axis 'lr'; there are backbone, objective, dataset"),
        ("objective", "all rows have the same objective, fine-tune: there is nothing to compare"),
    ],
)
def test_an_axis_that_cannot_be_compared_is_told(record, axis, told):
    with pytest.raises(BenchError) as error:
        sides_by_axis(Standings([record("a", accuracy=0.5), record("b", accuracy=0.5)]).quality, axis)
    assert str(error.value) == told
