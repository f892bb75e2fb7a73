"""CSV: what is read again is what was measured, and nothing is a formula."""

from __future__ import annotations

import csv

from hypothesis import given
from hypothesis import strategies as st

from bench import Column, Figure, Measurement, Row, Table
from bench.toolkit.rendering import flat_columns, to_csv


@given(st.lists(st.none() | st.floats(allow_nan=False) | st.integers(), min_size=1))
def test_numbers_are_in_full(values):
    rows = [Row({"backbone": "b"}, "done", [None if v is None else Measurement(v)]) for v in values]
    table = Table("t", [Column(Figure("x"), "x")], rows)
    lines = csv.DictReader(to_csv(flat_columns(table)).splitlines())
    assert [line["x"] and float(line["x"]) for line in lines] == [
        "" if v is None else float(v) for v in values
    ]


@given(st.text() | st.sampled_from(["=1", "+a", '"', "a,b", "@x"]))
def test_no_text_is_a_formula_or_breaks_a_line(text):
    table = Table("t", [Column(Figure("x"), "x")], [Row({"=axis": text}, "failed", [Measurement(text)])])
    [titles, line] = csv.reader(to_csv(flat_columns(table)).splitlines())
    assert titles[0] == "'=axis"
    assert not [cell for cell in line if cell.startswith(("=", "+", "-", "@"))]
