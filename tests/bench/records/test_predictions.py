"""What is kept of each example comes back to the last bit, and other programs can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bench.errors import StoreError
from bench.records.contributions import Contributions
from bench.records.predictions import read_classes, read_predictions, write_predictions

RANDOM = np.random.default_rng(0)


def contributions(count: int, *, further: bool = True, source: str = "test") -> Contributions:
    statistics = {
        "": {
            "correct": RANDOM.random(count) < 0.5,
            "target": RANDOM.integers(-5, 5, count),
            "union": RANDOM.integers(0, 255, (count, 3), dtype=np.uint8),
            "overlap": RANDOM.random((count, 2, 1, 3)),
        }
    }
    if further:
        statistics["top-5"] = {"correct": RANDOM.random(count, dtype=np.float32)}
    return Contributions(source, np.arange(0, 2 * count, 2), statistics)


def grouped(count: int) -> Contributions:
    return replace(contributions(count), groups=np.arange(count) // 2)


def assert_equal(found: Contributions, written: Contributions) -> None:
    assert found.source == written.source
    np.testing.assert_array_equal(found.index, written.index)
    np.testing.assert_array_equal(found.groups, written.groups)
    assert found.statistics.keys() == written.statistics.keys()
    for metric, statistics in written.statistics.items():
        assert found.statistics[metric].keys() == statistics.keys()
        for name, values in statistics.items():
            assert found.statistics[metric][name].dtype == values.dtype
            np.testing.assert_array_equal(found.statistics[metric][name], values)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = {"val": contributions(5, source="train"), "test": contributions(3)}
    write_predictions(tmp_path / "new" / "a.parquet", written)
    found = read_predictions(tmp_path / "new" / "a.parquet")
    assert list(found) == ["val", "test"]
    for split, kept in written.items():
        assert_equal(found[split], kept)


def test_a_metric_may_be_there_for_one_split_only(tmp_path: Path) -> None:
    written = {"val": contributions(5), "test": contributions(3, further=False)}
    write_predictions(tmp_path / "a.parquet", written)
    for split, kept in read_predictions(tmp_path / "a.parquet").items():
        assert_equal(kept, written[split])


@pytest.mark.parametrize("splits", [("val", "test"), ("test",)])
def test_groups_are_a_column_of_the_splits_that_have_them(tmp_path: Path, splits: tuple[str, ...]) -> None:
    written = {"val": contributions(4), "test": contributions(5)} | {split: grouped(6) for split in splits}
    write_predictions(tmp_path / "a.parquet", written)
    for split, kept in read_predictions(tmp_path / "a.parquet").items():
        assert_equal(kept, written[split])
    assert pq.ParquetFile(tmp_path / "a.parquet").read(["group"]).column("group")[-1].as_py() == 2


def test_it_is_a_plain_table(tmp_path: Path) -> None:
    kept = contributions(2)
    write_predictions(tmp_path / "a.parquet", {"val": kept})
    rows = pq.ParquetFile(tmp_path / "a.parquet").read().to_pylist()
    assert [(row["split"], row["source"], row["index"]) for row in rows] == [
        ("val", "test", 0),
        ("val", "test", 2),
    ]
    assert rows[0].keys() == {
        "split",
        "source",
        "index",
        "correct",
        "target",
        "union",
        "overlap",
        "top-5.correct",
    }
    assert [row["union"] for row in rows] == kept.statistics[""]["union"].tolist()
    assert [row["overlap"] for row in rows] == kept.statistics[""]["overlap"].tolist()


def test_the_same_predictions_are_the_same_bytes(tmp_path: Path) -> None:
    kept = {"val": contributions(4)}
    for name in ("a", "b"):
        write_predictions(tmp_path / name, kept)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and nothing more"])
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        StoreError, match=r"a\.parquet: not a readable file of predictions; run the cell again"
    ):
        read_predictions(path)


def test_a_table_of_something_else_is_told(tmp_path: Path) -> None:
    import pyarrow as pa

    pq.write_table(pa.table({"pear": [1]}), tmp_path / "a.parquet")
    with pytest.raises(StoreError, match="not a readable file of predictions"):
        read_predictions(tmp_path / "a.parquet")


def test_names_of_classes_stand_beside_the_table(tmp_path: Path) -> None:
    names = ("Katze", 'Hund, "groß"', "")
    write_predictions(tmp_path / "a.parquet", {"test": contributions(3)}, names)
    assert read_classes(tmp_path / "a.parquet") == names
    assert pq.read_table(tmp_path / "a.parquet").schema.metadata[b"classes"] == json.dumps(names).encode()


def test_files_of_earlier_versions_have_no_names_of_classes(tmp_path: Path) -> None:
    write_predictions(tmp_path / "a.parquet", {"test": contributions(3)}, ("a", "b"))
    table = pq.read_table(tmp_path / "a.parquet")
    pq.write_table(table.replace_schema_metadata(None), tmp_path / "old.parquet")
    assert read_classes(tmp_path / "old.parquet") == ()
    assert read_predictions(tmp_path / "old.parquet").keys() == {"test"}


def test_names_of_classes_of_what_is_no_file_of_predictions(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    for name in ("a.parquet", "b.parquet"):
        with pytest.raises(StoreError, match="not a readable file of predictions"):
            read_classes(tmp_path / name)
