"""Parquet: columns of their own types, read by pyarrow and pandas."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pandas as pd
import pytest
from pyarrow import parquet

from bench import Sheet, Value
from bench.reporting.exporters.parquet import Parquet
from bench.toolkit.rendering import cell_columns


def test_all_that_was_measured_is_read_again(sheet: Sheet) -> None:
    table = parquet.read_table(BytesIO(Parquet().export(sheet)["cells.parquet"]))
    assert table.to_pydict() == {title: list(values) for title, values in cell_columns(sheet)}
    types = {name: str(table.schema.field(name).type) for name in ("seed", "test accuracy", "backbone")}
    assert types == {"seed": "int64", "test accuracy": "double", "backbone": "string"}


def test_pandas_reads_it(sheet: Sheet) -> None:
    frame = pd.read_parquet(BytesIO(Parquet().export(sheet)["cells.parquet"]))
    assert frame["test accuracy"].tolist()[:5] == [0.5, 0.6, 0.75, 0.25, 0.5]


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ((1, 2.5), [1.0, 2.5]),
        ((1, "a"), ["1", "a"]),
        ((True, "a"), ["True", "a"]),
        ((True, None), [True, None]),
        ((None, None), [None, None]),
    ],
)
def test_a_column_of_several_kinds_is_of_one_that_holds_them(
    sheet: Sheet, values: tuple[Value, Value], read: list[Value]
) -> None:
    cells = [replace(cell, runs=[(value,)]) for cell, value in zip(sheet.cells[:2], values, strict=True)]
    document = Parquet().export(Sheet(sheet.columns[:1], cells, sheet.data))["cells.parquet"]
    table = parquet.read_table(BytesIO(document))
    assert table.column("test accuracy").to_pylist() == read
