from __future__ import annotations

import json

import pytest

from bench.cli.main import call
from bench.records.record import Record
from bench.records.store import Store


def store(folder, *, seed: int, accuracy: float) -> None:
    labels = {"backbone": "cifar/resnet20", "objective": "fine-tune", "dataset": "digits"}
    record = Record(
        id=f"{seed:016d}",
        suite="vision",
        status="done",
        labels=labels,
        seed=seed,
        primary="accuracy",
        quality={"test": {"accuracy": accuracy}},
        resources={"memory": {"train_peak_mib": None, "method": "PSS"}},
        cell={"seed": seed, "parent": None},
        identity={"seed": seed},
        started="2030-01-01T00:00:00+00:00",
        seconds=1.0,
    )
    Store(folder).put(record)


def test_tables_are_rebuilt_and_printed(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    store(tmp_path, seed=1, accuracy=0.7)
    assert call(["report", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "## accuracy\n\n| backbone |" in printed.out
    assert "| cifar/resnet20 | fine-tune | digits | done | 2 | 0.6000 ± 0.1414 |" in printed.out
    assert "only cifar/resnet20 · fine-tune (0.6000 ± 0.1414, 2 seeds)" in printed.out
    assert printed.err == ""
    assert (tmp_path / "accuracy.md").read_text() in printed.out
    assert (tmp_path / "summary.md").is_file()


def test_json_has_null_where_nothing_was_measured(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    assert call(["report", str(tmp_path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["tables"]["accuracy"][0]["test accuracy"] == 0.5
    assert printed["tables"]["memory"][0]["train_peak_mib"] is None
    assert printed["tables"]["memory"][0]["seeds"] == 1
    assert len(printed["verdicts"]) == 1


def test_a_truncated_record_is_told_and_passed_over(tmp_path, capsys):
    store(tmp_path, seed=0, accuracy=0.5)
    store(tmp_path, seed=1, accuracy=0.7)
    path = tmp_path / "cells" / f"{1:016d}.json"
    path.write_text(path.read_text()[:100])
    assert call(["report", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("warning: ")
    assert path.name in printed.err
    assert printed.err.count("\n") == 1
    assert "| 1 | 0.5000 |" in printed.out


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_records_is_an_error(tmp_path, capsys, exists):
    folder = tmp_path if exists else tmp_path / "nowhere"
    assert call(["report", str(folder)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "holds no records" in printed.err
    assert printed.err.count("\n") == 1
