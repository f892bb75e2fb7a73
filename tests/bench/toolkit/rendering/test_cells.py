"""A sheet as flat columns and as CSV, and names of files."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bench import Column, ExportedCell, ExportedData, Figure, Sheet
from bench.toolkit.rendering import cell_columns, file_stem, to_csv

DATA = ExportedData("digits", "digits", "image-classification", "0a")
CELL = ExportedCell(
    id="1",
    row="r",
    suite="vision",
    labels={"backbone": "b", "batch_size": "32", "seconds": "60"},
    seed=0,
    status="done",
    ranks_by="accuracy",
    data=DATA,
    runs=[(0.5,), (7,)],
    conditions={"machine": "m", "batch_size": 16},
    started="2030",
    seconds=1.5,
)
COLUMNS = [
    Column(Figure("accuracy"), "test accuracy", split="test"),
    Column(Figure("batch_size"), "batch_size"),
]


def test_what_a_cell_is_comes_first_then_conditions_then_figures() -> None:
    failed = replace(
        CELL, id="2", labels={"backbone": "c"}, status="failed", reason="no", conditions={}, runs=[(), ()]
    )
    assert dict(cell_columns(Sheet(COLUMNS, [CELL, failed], [DATA]))) == {
        "id": ["1", "2"],
        "row": ["r", "r"],
        "suite": ["vision", "vision"],
        "backbone": ["b", "c"],
        "batch_size": ["32", None],
        "seconds": ["60", None],
        "seed": [0, 0],
        "status": ["done", "failed"],
        "reason": [None, "no"],
        "started": ["2030", "2030"],
        "seconds (measured)": [1.5, 1.5],
        "machine": ["m", None],
        "batch_size (measured)": [16, None],
        "test accuracy": [0.5, None],
        "batch_size (measured) (measured)": [7, None],
    }


def test_no_cells_are_no_lines() -> None:
    assert {tuple(values) for _, values in cell_columns(Sheet([], [], []))} == {()}


@given(st.lists(st.none() | st.floats(allow_nan=False) | st.integers(), min_size=1))
def test_numbers_of_csv_are_in_full(values: list[float | None]) -> None:
    lines = csv.DictReader(to_csv([("key", ["a"] * len(values)), ("x", values)]).splitlines())
    assert [line["x"] and float(line["x"]) for line in lines] == [
        "" if value is None else float(value) for value in values
    ]


@given(st.text() | st.sampled_from(["=1", "+a", "-a", "@x", '"', "a,b"]))
def test_no_text_of_csv_is_a_formula_or_breaks_a_line(text: str) -> None:
    for cell in [cell for line in csv.reader(to_csv([(text, [text])]).splitlines()) for cell in line]:
        assert not cell.startswith(("=", "+", "-", "@"))
    assert len(to_csv([("a", [text])]).split("\n")) == 3


@given(st.text())
def test_any_text_begins_a_plain_file_name(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,99}", file_stem(text))


def test_a_file_name_can_be_recognised() -> None:
    assert file_stem("cifar/resnet20 (CIFAR-10) · fine-tune") == "cifar-resnet20-cifar-10-fine-tune"
