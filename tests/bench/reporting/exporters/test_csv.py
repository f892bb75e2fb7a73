"""CSV: what pandas reads is what was measured, and nothing is a formula."""

from __future__ import annotations

from io import BytesIO

import pandas as pd

from bench import Sheet
from bench.reporting.exporters.csv import Csv


def test_pandas_reads_what_was_measured(sheet: Sheet) -> None:
    frame = pd.read_csv(BytesIO(Csv().export(sheet)["cells.csv"]))
    assert frame["test accuracy"].tolist()[:5] == [0.5, 0.6, 0.75, 0.25, 0.5]
    assert frame["test loss"][0] == 1 / 3
    assert frame["status"].tolist() == ["done"] * 5 + ["failed"]
    assert frame["seed"].tolist() == [0, 1, 2, 0, 1, 0]
    assert frame["parameters"][0] == 7 * 10**9
    assert frame["test accuracy"].isna().tolist() == [False] * 5 + [True]


def test_no_text_is_a_formula(sheet: Sheet) -> None:
    frame = pd.read_csv(BytesIO(Csv().export(sheet)["cells.csv"]), dtype=str, keep_default_na=False)
    texts = [text for column in frame for text in (column, *frame[column])]
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@"))]
    assert frame["backbone"][3].startswith("'=x")
