from __future__ import annotations

import pyarrow.parquet as pq

from bench.api import Column, Figure, Interval, Measurement, Row, Table
from bench.reporting.leaderboard import write_parquet

ACCURACY = Column(Figure("accuracy", better="higher"), "test accuracy", split="test")
MIXED = Column(Figure("steps"), "steps")


def test_numbers_are_in_full_with_what_belongs_to_them(tmp_path):
    measured = Measurement(1 / 3, 0.1, n=3, interval=Interval(0.2, 0.5, 0.95, "recipe"), rank=(1, 2))
    rows = [
        Row({"backbone": "a"}, "done", [measured, Measurement(5)], seeds=3),
        Row({"backbone": "b"}, "done", [None, Measurement("5/6")], seeds=1),
    ]
    write_parquet(tmp_path / "board.parquet", Table("leaderboard", [ACCURACY, MIXED], rows))
    found = pq.read_table(tmp_path / "board.parquet").to_pydict()
    assert found["backbone"] == ["a", "b"]
    assert found["test accuracy"] == [1 / 3, None]
    assert found["test accuracy std"] == [0.1, None]
    assert found["steps"] == ["5", "5/6"]
    assert found["seeds"] == [3, 1]
    assert {0.2, 0.5} <= {values[0] for values in found.values()}
