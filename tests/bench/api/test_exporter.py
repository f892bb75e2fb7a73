"""What exporters are given: the value of a column over runs, and cells in rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench import ExportedCell, ExportedData, Sheet, Value

DATA = ExportedData("digits", "digits", "image-classification", "0a")
CELL = ExportedCell("id", "row", "vision", {"backbone": "b"}, 0, "done", "accuracy", DATA, [])


@pytest.mark.parametrize(
    ("runs", "value"),
    [
        ((), None),
        ((3,), 3),
        ((3, 3), 3),
        ((True, True), True),
        ((1.0, 2.0, 4.5), 2.5),
        ((1, 2), 1.5),
        (("a", "a"), "a"),
        (("a", "b", "a"), "a/b"),
        ((True, False), "True/False"),
    ],
)
def test_the_value_of_a_column_is_what_its_runs_say_together(runs: tuple[Value, ...], value: Value) -> None:
    found = replace(CELL, runs=[(1,), runs]).value(1)
    assert found == value
    assert type(found) is type(value)


def cells(*changes: dict[str, object]) -> Sheet:
    return Sheet([], [replace(CELL, id=str(at), **change) for at, change in enumerate(changes)], [DATA])


def ids(sheet: Sheet) -> list[list[str]]:
    return [[cell.id for cell in row] for row in sheet.rows]


def test_a_row_is_cells_that_differ_only_in_their_seed() -> None:
    assert ids(cells({"seed": 0}, {"row": "other"}, {"seed": 1})) == [["0", "2"], ["1"]]


def test_what_is_not_done_is_in_no_row() -> None:
    missing = [{"seed": 1, "status": "failed"}, {"seed": 2, "status": "skipped"}]
    assert ids(cells({"seed": 0}, *missing)) == [["0"]]


def test_a_seed_counts_once_however_often_it_was_measured() -> None:
    machines = [{"conditions": {"machine": machine, "precision": "fp32"}} for machine in "ab"]
    assert ids(cells(*machines)) == [["0"]]


@pytest.mark.parametrize("name", ["precision", "batch_size"])
def test_what_was_computed_otherwise_is_another_row(name: str) -> None:
    assert ids(cells({"conditions": {name: 1}}, {"seed": 1, "conditions": {name: 2}})) == [["0"], ["1"]]
