"""JSON lines: an object a cell."""

from __future__ import annotations

import json
from io import BytesIO

import pandas as pd

from bench import Sheet
from bench.reporting.exporters.jsonl import Jsonl
from bench.toolkit.rendering import cell_columns


def test_each_line_is_a_cell_with_all_that_was_measured(sheet: Sheet) -> None:
    lines = [json.loads(line) for line in Jsonl().export(sheet)["cells.jsonl"].decode().splitlines()]
    for title, values in cell_columns(sheet):
        assert [line[title] for line in lines] == list(values)


def test_pandas_reads_it(sheet: Sheet) -> None:
    frame = pd.read_json(BytesIO(Jsonl().export(sheet)["cells.jsonl"]), lines=True, precise_float=True)
    assert frame["test accuracy"].tolist()[:5] == [0.5, 0.6, 0.75, 0.25, 0.5]
    assert frame["backbone"][3] == sheet.cells[3].labels["backbone"]
