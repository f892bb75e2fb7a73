from __future__ import annotations

import hashlib
import os

import pytest

from bench import DataError
from bench_data.content import content_digest, expand, files_by_split, split_of, visible_files


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("data/train-00000-of-00003.parquet", "train"),
        ("dev.csv", "val"),
        ("validation_matched.jsonl", "val"),
        ("Valid/0000.parquet", "val"),
        ("test2016.jsonl", "test"),
        ("train/test.csv", "test"),
        ("sst2.training.csv", "train"),
        ("contest.csv", None),
        ("trainer.csv", None),
        ("TEST.csv", "test"),
        ("eval.csv", "val"),
        ("Evaluation/a.csv", "val"),
        ("evaluator.csv", None),
    ],
)
def test_split_of(name, split):
    assert split_of(name) == split


def test_digest_is_the_sha256_and_follows_the_content(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"one")
    assert content_digest(path) == hashlib.sha256(b"one").hexdigest()
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert content_digest(path) == hashlib.sha256(b"two").hexdigest()
    with pytest.raises(DataError, match=r"b\.csv: no such file"):
        content_digest(tmp_path / "b.csv")


def test_expand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.csv", "a.csv", "odd[1].csv", "deep/er/c.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [str(path) for path in expand("[ab].csv", "train")] == ["a.csv", "b.csv"]
    assert [str(path) for path in expand("odd[1].csv", "train")] == ["odd[1].csv"]
    assert [str(path) for path in expand("**/c.csv", "train")] == ["deep/er/c.csv"]
    for pattern, fault in {
        "x.csv": "x.csv: no such file",
        "x*.csv": "x*.csv: no file matches",
        "deep": "deep: is a folder; name its files, or give the folder as `path:`",
    }.items():
        with pytest.raises(DataError) as caught:
            expand(pattern, "val")
        assert (str(caught.value), caught.value.field) == (fault, "val")


def test_files_are_sorted_into_splits(tmp_path):
    for name in (
        "train-1.csv",
        "train-0.csv",
        "dev.csv",
        "test.txt",
        ".train.csv",
        ".x/test.csv",
        "readme.csv",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = files_by_split(str(tmp_path), (".csv",))
    assert {split: [path.name for path in paths] for split, paths in found.items()} == {
        "train": ["train-0.csv", "train-1.csv"],
        "val": ["dev.csv"],
    }
    assert all(not path.name.startswith(".") for path in visible_files(tmp_path))
    with pytest.raises(DataError, match="holds no file named for a split"):
        files_by_split(str(tmp_path), (".parquet",))
    with pytest.raises(DataError, match="no such folder"):
        files_by_split(str(tmp_path / "nowhere"), (".csv",))
    with pytest.raises(DataError, match="is not a folder"):
        files_by_split(str(tmp_path / "dev.csv"), (".csv",))
