"""Tables as columns: of values for programs, of text for people."""

from __future__ import annotations

import pytest

from bench import Column, Figure, Measurement, Row, Table
from bench.toolkit.rendering import file_name, flat_columns, text_columns

RATE = Column(Figure("rate", "samples/s", better="higher"), "train_rate", phase="train")


def table(*found: Measurement | None, column: Column = RATE, **fields: object) -> Table:
    """A table of one column; each row is named by its number."""
    rows = [Row({"backbone": str(at)}, "done", [item], seeds=2, runs=2) for at, item in enumerate(found)]
    return Table("speed", [column], [*rows, *fields.get("rows", [])])


def flat(table: Table) -> dict[str, list[object]]:
    return {title: list(values) for title, values in flat_columns(table)}


def text(table: Table) -> dict[str, list[str]]:
    return {column.title: list(column.cells) for column in text_columns(table)}


def test_spreads_are_columns_of_their_own_for_programs_and_stand_beside_the_mean_for_people():
    found = table(Measurement(16.0, 7.071, 1.414, 2), Measurement(5.0, 0.0), None)
    assert flat(found) == {
        "backbone": ["0", "1", "2"],
        "status": ["done"] * 3,
        "seeds": [2] * 3,
        "train_rate": [16.0, 5.0, None],
        "train_rate std": [7.071, 0.0, None],
        "train_rate run std": [1.414, None, None],
        "reason": [None] * 3,
    }
    assert text(found) == {
        "backbone": ["0", "1", "2"],
        "status": ["done"] * 3,
        "seeds": ["2"] * 3,
        "train_rate": ["16.00 ± 7.07 (runs ± 1.41)", "5.000 ± 0.000", ""],
    }


def test_a_spread_that_is_nought_everywhere_is_not_shown():
    found = table(Measurement(4, 0.0), Measurement(5, None))
    assert "train_rate std" not in flat(found)
    assert text(found)["train_rate"] == ["4", "5"]


def test_texts_and_truths():
    found = table(Measurement("PSS"), Measurement(True), Measurement(False))
    assert flat(found)["train_rate"] == ["PSS", True, False]
    assert text(found)["train_rate"] == ["PSS", "yes", "no"]


def test_how_rows_ended():
    rows = [
        Row({"backbone": "b"}, "done", [None], seeds=2, missing=1, runs=5, busy=2, reasons={"boom": [1]}),
        Row({"backbone": "c"}, "failed", [None], missing=2, reasons={"boom": [0, 1]}),
        Row({"backbone": "d"}, "skipped", [None], missing=2, reasons={"no head": [0], "boom": [1]}),
    ]
    found = flat(table(Measurement(1.0), rows=rows))
    assert found["status"] == ["done", "done 2 of 3", "failed", "skipped"]
    assert found["runs"] == [2, 5, 0, 0]
    assert found["busy"] == [0, 2, 0, 0]
    assert found["reason"] == [None, "seed 1: boom", "boom", "seed 0: no head; seed 1: boom"]


def test_what_a_row_is_called_comes_first_and_is_its_key():
    row = Row({"backbone": "b", "lr": "1"}, "done", [None], settings="x=1", conditions={"threads": 2})
    columns = list(text_columns(table(None, rows=[row])))
    keys = [column.title for column in columns if column.key]
    assert keys == [column.title for column in columns][:4] == ["backbone", "lr", "settings", "threads"]


@pytest.mark.parametrize("name", ["status", "backbone", "reason"])
def test_a_figure_may_be_called_like_any_other_column(name):
    found = flat(table(Measurement(3), column=Column(Figure(name), name)))
    assert found[f"{name} (measured)"] == [3]


def test_a_table_s_name_becomes_that_of_a_file():
    assert file_name(Table("../../Out of", [], [])) == "______out_of"
