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


@pytest.mark.parametrize(
    "names",
    [
        ["train.csv"],
        ["deep/er/train.csv"],
        ["train-00000-of-00002.csv", "train-00001-of-00002.csv"],
        ["train-00000-of-00002-a1b2.csv", "train-00001-of-00002-c3d4.csv"],
        ["train-00001-of-00002.csv", "train-00002-of-00002.csv"],
        ["train_1.csv", "train_2.csv", "train_3.csv"],
        ["train/0000.csv", "train/0001.csv"],
        ["train/en.csv", "train/de.csv"],
    ],
)
def test_a_split_is_a_file_its_parts_or_all_of_its_folder(tmp_path, names):
    make(tmp_path, names)
    found = files_by_split(str(tmp_path), (".csv",))["train"]
    assert [path.relative_to(tmp_path).as_posix() for path in found] == sorted(names)


@pytest.mark.parametrize(
    "names",
    [
        ["split/test.csv", "test-7600.csv"],
        ["test-100.csv", "test-1000.csv"],
        ["test-0.csv", "test.csv"],
        ["test_matched.csv", "test_mismatched.csv"],
        ["a/test.csv", "b/test.csv"],
        ["test-00000-of-00003.csv", "test-00002-of-00003.csv"],
        ["test-00000-of-00003.csv"],
        ["test-0.csv", "test-2.csv"],
        ["test.csv", "testing.csv"],
        ["test/a.csv", "test/deep/b.csv"],
        ["test/test.csv", "test/a.csv"],
    ],
)
def test_files_of_a_split_that_may_not_belong_together_are_listed(tmp_path, names):
    make(tmp_path, ["train.csv", *names])
    with pytest.raises(DataError) as caught:
        files_by_split(str(tmp_path), (".csv",))
    listed = ", ".join(f"'{name}'" for name in sorted(names))
    assert str(caught.value) == (
        f"{tmp_path}: which of these are test, or are parts missing? {listed}; name the files as `train:`, "
        "`val:` and `test:`, in place of `path:`"
    )
    assert caught.value.field == "path"


def make(folder, names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


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


@pytest.mark.parametrize("target", [".", "..", "../.."])
def test_links_in_a_circle_are_seen(tmp_path, target):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "one.csv").touch()
    for name in ("first", "second"):
        (folder / name).symlink_to(target)
    with pytest.raises(DataError, match=r"first: a link leads back to the folder .*; remove it"):
        list(visible_files(tmp_path))
    with pytest.raises(DataError, match="leads back"):
        expand(f"{tmp_path}/**/*.csv", "train")


def test_folders_may_share_one_by_links(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "one.csv").touch()
    (tmp_path / "test").symlink_to("train")
    found = [path.relative_to(tmp_path).as_posix() for path in visible_files(tmp_path)]
    assert found == ["test/one.csv", "train/one.csv"]


def test_links_that_double_what_there_is_are_seen(tmp_path):
    for number in range(40):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in ("first", "second"):
            (folder / name).symlink_to(f"../{number + 1}")
    with pytest.raises(DataError, match=r"more than 100 links lead to the folder .*; remove them"):
        list(visible_files(tmp_path / "0"))


def test_pipes_and_devices_are_passed_over_and_links_to_nothing_are_not(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    (tmp_path / "gone.csv").symlink_to("nothing.csv")
    assert [path.name for path in visible_files(tmp_path)] == ["gone.csv"]
    for name in ("pipe.csv", "device.csv"):
        with pytest.raises(DataError, match="not a regular file"):
            content_digest(tmp_path / name)
