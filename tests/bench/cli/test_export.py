"""`bench export`: cells for other programs, from the records alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli.main import call
from bench.records.record import Facts, Record
from bench.records.store import Store


def store(folder: Path, *, seed: int, accuracy: float) -> None:
    labels = {"backbone": "cifar/resnet20", "objective": "fine-tune", "dataset": "digits"}
    record = Record(
        id=f"{seed:016d}",
        suite="vision",
        status="done",
        row="0" * 16,
        labels=labels,
        seed=seed,
        primary="accuracy",
        figures={"quality": {"accuracy": Facts(better="higher")}},
        quality={"test": {"accuracy": accuracy}},
        cell={"seed": seed, "parent": None},
        identity={"seed": seed},
        started="2030-01-01T00:00:00+00:00",
        seconds=1.0,
    )
    Store(folder).put(record)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    store(tmp_path / "a", seed=0, accuracy=0.5)
    store(tmp_path / "b", seed=1, accuracy=0.75)
    return tmp_path


def test_cells_of_several_folders_are_written_and_named(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(results / name) for name in "ab"]
    file = results / "out" / "mine.jsonl"
    assert call(["export", *folders, "--format", "jsonl", "--to", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}\n"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["test accuracy"] for line in lines] == [0.5, 0.75]


def test_a_format_has_settings(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["export", str(results / "a"), "--format", "eval-results", "--to", str(results / "hub")]
    assert call(arguments) == 2
    assert "missing key 'dataset'" in capsys.readouterr().err
    assert call([*arguments, "--set", "dataset=owner/name", "--set", "task_id=default"]) == 0
    [file] = (results / "hub").iterdir()
    assert "value: 0.5" in file.read_text()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("dataset", "--set dataset: must be key=value"),
        ("dataset=.inf", "--set dataset: must be a finite number"),
        ("datasett=x", "datasett: unknown key; did you mean 'dataset'?"),
    ],
)
def test_a_setting_that_is_none_is_told(
    results: Path, given: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["export", str(results / "a"), "--format", "eval-results", "--to", "x", "--set", given]
    assert call(arguments) == 2
    assert told in capsys.readouterr().err


def test_a_folder_without_records_and_a_format_that_is_none(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["export", str(results), "--format", "csv", "--to", "x"]) == 2
    assert "holds no records; give the folder that `bench run` made for a suite" in capsys.readouterr().err
    assert call(["export", str(results / "a"), "--format", "xml", "--to", "x"]) == 2
    assert "no format 'xml' to export to is installed; there are croissant, csv" in capsys.readouterr().err


def test_a_record_that_cannot_be_read_is_named_and_left_out(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "a" / "cells" / "x.json").write_text("{")
    assert call(["export", str(results / "a"), "--format", "csv", "--to", str(results / "c.csv")]) == 0
    assert "x.json: passed over, not a record" in capsys.readouterr().err
    assert len((results / "c.csv").read_text().splitlines()) == 2
