"""Trackio's store on this machine, read from its database."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench_trackers.trackio import Trackio
from tracked import curves, interrupted, tracked

pytestmark = pytest.mark.filterwarnings("ignore")  # trackio's own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where it keeps runs: that is settled when it is imported."""
    folder = tmp_path_factory.mktemp("trackio")
    os.environ["TRACKIO_DIR"] = str(folder)
    pytest.importorskip("trackio", reason="trackio is not installed")
    yield folder
    del os.environ["TRACKIO_DIR"]


def runs(folder: Path, project: str) -> dict[str, tuple[dict[str, Any], dict[str, dict[int, Any]]]]:
    """The settings and the logged values of runs, by the first digits of the ids of their cells."""
    with sqlite3.connect(folder / f"{project}.db") as database:
        logged = database.execute("select run_name, step, metrics from metrics order by id").fetchall()
        configs = dict(database.execute("select run_name, config from configs").fetchall())
    found: dict[str, tuple[dict[str, Any], dict[str, dict[int, Any]]]] = {}
    for name, step, metrics in logged:
        _, values = found.setdefault(name.rpartition("(")[2][:8], (json.loads(configs[name]), {}))
        for metric, value in json.loads(metrics).items():
            values.setdefault(metric, {})[step] = value
    return found


def test_what_is_kept_can_be_read(folder: Path, tmp_path: Path) -> None:
    records = tracked(Trackio(project="cells"), tmp_path)
    found = runs(folder, "cells")
    assert found.keys() == {record.id[:8] for record in records}
    for record in records:
        _, values = found[record.id[:8]]
        for name, curve in curves(record).items():
            assert values[name] == curve
        assert list(values["status"].values()) == [record.status]
    settings, values = found[records.learnt.id[:8]]
    assert (settings["objective.lr"], settings["label.backbone"]) == (0.02, "layers/8")
    assert settings["_Group"] == "tiny"
    assert values["final/test/accuracy"] == {12: records.learnt.quality["test"]["accuracy"]}
    assert found[records.failed.id[:8]][1]["reason"] == {2: "the end of the data"}


def test_an_interrupted_cell_is_kept_too(folder: Path) -> None:
    interrupted(Trackio(project="broken-off"))
    ((_, values),) = runs(folder, "broken-off").values()
    assert values == {"train/loss": {1: 1.0}}
