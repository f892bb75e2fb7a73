"""`bench.load`: results as a data frame."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import bench
from bench.errors import StoreError
from bench.records.record import Record
from bench.records.store import Store


@pytest.fixture
def folder(tmp_path: Path, record: Callable[..., Record]) -> Path:
    speed = {"throughput": {"train": {"samples_per_s": 100.0}}}
    for found in (
        record(seed=0, accuracy=0.5, resources=speed),
        record(seed=1, accuracy=0.75, axes={"batch_size": "64"}),
        record("b", reason="out of memory"),
    ):
        Store(tmp_path / "vision").put(found)
    return tmp_path / "vision"


def test_a_cell_is_a_row_with_labels_conditions_and_figures(folder: Path) -> None:
    frame = bench.load(str(folder))
    assert len(frame) == 3
    done = frame[frame["status"] == "done"].sort_values("seed")
    assert done["seed"].tolist() == [0, 1]
    assert done["test accuracy"].tolist() == [0.5, 0.75]
    assert done["train_samples_per_s"].fillna(0).tolist() == [100.0, 0.0]
    assert done["precision"].tolist() == ["fp32", "fp32"]
    assert done["batch_size (measured)"].tolist() == [32, 32]
    [failed] = frame[frame["status"] == "failed"].to_dict("records")
    assert (failed["backbone"], failed["reason"]) == ("b", "out of memory")
    assert pd.isna(failed["test accuracy"])


def test_seeds_are_averaged_in_a_line(folder: Path) -> None:
    assert bench.load(folder).groupby("objective")["test accuracy"].mean()["fine-tune"] == 0.625


def test_a_cell_that_several_folders_hold_is_there_once(folder: Path, record: Callable[..., Record]) -> None:
    shutil.copytree(folder, folder.parent / "copy")
    Store(folder.parent / "copy").put(record("only in the copy", accuracy=1.0))
    assert len(bench.load(folder, folder.parent / "copy")) == 4


def test_what_cannot_be_read_is_passed_over_with_a_warning(folder: Path) -> None:
    (folder / "cells" / "0.json").write_text("{")
    with pytest.warns(UserWarning, match=r"0\.json: passed over"):
        assert len(bench.load(folder)) == 3


def test_a_folder_without_records_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing: holds no records; give the folder that"):
        bench.load(tmp_path / "nothing")
