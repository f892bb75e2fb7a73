"""`bench predict`, on the tiny world: what is printed of new inputs, and of those that are none."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import fakes
import trials
from bench.cli.main import call
from bench.records.contributions import TASK
from bench.records.predictions import read_predictions
from bench.records.record import Record
from bench.records.store import Store
from bench.registry import load


def trained(folder: Path, objective: str = "fine-tune", **settings: object) -> Record:
    """A finished cell of the suite `tiny`, with its encoder and head."""
    registry = load([fakes.FILE])
    values = {
        "backbone": registry.create("backbone", {"name": "layers"}),
        "dataset": registry.create("dataset", {"name": "points"}),
        "task": registry.create("task", {"name": "point-classification"}),
    }
    cell = fakes.cell(registry.create("objective", {"name": objective, **settings}), **values)
    record = trials.done(cell, folder, keep_encoder=True)
    Store(folder / "results").put(record)
    (folder / "all").mkdir()
    (folder / "results").rename(folder / "all" / "tiny")
    return record


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def predict(*arguments: object) -> int:
    words = [
        "predict",
        *map(str, arguments),
        "--results",
        "all",
        "--plugin",
        str(fakes.FILE),
        "--device",
        "cpu",
    ]
    return call(words)


def write_points(file: str) -> list[int]:
    """Write the points of the test split into a file; return their classes."""
    examples = fakes.Points().load("test")
    Path(file).write_text("".join(f"{float(x)!r} {float(y)!r}\n" for x, y in (e.input for e in examples)))
    return [example.target for example in examples]


def predicted(folder: Path, record: Record) -> Sequence[str]:
    """The classes that were predicted for the test split when the cell was evaluated."""
    kept = read_predictions(Store(folder / "all" / "tiny").predictions_path(record.id))["test"]
    return [("a", "b", "c")[at] for at in kept.statistics[TASK]["prediction"]]


@pytest.mark.parametrize(
    ("objective", "settings"),
    [
        ("fine-tune", {"epochs": 1}),
        ("feature-extract", {"head": "logistic-regression"}),
        ("feature-extract", {"epochs": 1}),
    ],
)
def test_it_predicts_what_the_cell_did(
    folder: Path, capsys: pytest.CaptureFixture[str], objective: str, settings: dict[str, object]
) -> None:
    record = trained(folder, objective, **settings)
    write_points("new.txt")
    assert predict(record.id[:8], "new.txt", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["class"] for row in rows] == predicted(folder, record)
    assert all(1 / 3 <= row["probability"] <= 1 for row in rows)
    assert rows[1]["file"] == "new.txt, line 2"


def test_it_needs_no_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(folder, epochs=1)
    gone = {**record.cell, "dataset": {**record.cell["dataset"], "file": "gone.txt"}}
    Store(folder / "all" / "tiny").put(record.model_copy(update={"cell": gone}))
    write_points("new.txt")
    assert predict(record.id, "new.txt") == 0
    assert len(capsys.readouterr().out.splitlines()) == 60


def test_lines_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(folder, epochs=1)
    Path("new.txt").write_text("1 0\n")
    assert predict(record.id, "new.txt") == 0
    where, name, probability = capsys.readouterr().out.removesuffix("\n").split("  ")
    assert (where, name) == ("new.txt, line 1", "a")
    assert len(probability) == len("0.1234")


def test_csv(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(folder, epochs=1)
    Path("a, b.txt").write_text("1 0\n-1 0\n")
    assert predict(record.id, "a, b.txt", "--csv") == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["file", "class", "probability"]
    assert [row[0] for row in rows[1:]] == ["a, b.txt, line 1", "a, b.txt, line 2"]
    assert float(rows[1][2]) > 1 / 3


def test_lines_of_stdin(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = trained(folder, epochs=1)
    monkeypatch.setattr(sys, "stdin", io.StringIO("1 0\nnot a point\n"))
    assert predict(record.id, "-", "--json") == 2
    printed = capsys.readouterr()
    assert [row["file"] for row in json.loads(printed.out)] == ["1 0"]
    assert "bench: not a point: not two numbers\n" in printed.err


def test_what_cannot_be_read_is_told_and_the_rest_is_answered(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = trained(folder, epochs=1)
    Path("good.txt").write_text("1 0\nx\n0 1\n")
    assert predict(record.id, "gone.txt", "good.txt", "all") == 2
    printed = capsys.readouterr()
    assert [line.split("  ")[0] for line in printed.out.splitlines()] == [
        "good.txt, line 1",
        "good.txt, line 3",
    ]
    assert printed.err.splitlines() == [
        "bench: gone.txt: no such file",
        "bench: good.txt, line 2: x: not two numbers",
        "bench: all: is a folder; name its files",
        "bench: 3 of 5 inputs could not be read",
    ]


def test_control_characters_do_not_reach_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = trained(folder, epochs=1)
    Path("\x1b[31m.txt").write_text("1 0\n")
    assert predict(record.id, "\x1b[31m.txt") == 0
    assert "\x1b" not in capsys.readouterr().out


def test_an_exported_folder_predicts_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(folder, epochs=1)
    write_points("new.txt")
    plugin = ("--plugin", str(fakes.FILE))
    assert call(["weights", "export", record.id, "--to", "mine", "--results", "all", *plugin]) == 0
    capsys.readouterr()
    assert predict(record.id, "new.txt", "--json") == 0
    expected = json.loads(capsys.readouterr().out)
    (folder / "all").rename(folder / "elsewhere")
    assert predict("mine", "new.txt", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["class"] for row in found] == [row["class"] for row in expected]
    np.testing.assert_allclose(
        [row["probability"] for row in found], [row["probability"] for row in expected], rtol=1e-6
    )


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line with which it is refused."""
    assert predict(*arguments) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    return printed.err


def test_what_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained(folder, epochs=1)
    Path("new.txt").write_text("1 0\n")
    assert "there is no record of a cell 'ffff'" in refused(capsys, "ffff", "new.txt")
    assert "two formats" in refused(capsys, record.id, "new.txt", "--json", "--csv")
    store = Store(folder / "all" / "tiny")
    head = store.head_path(record.id)
    content = head.read_bytes()
    head.write_bytes(content[:20])
    assert "not a readable safetensors file" in refused(capsys, record.id, "new.txt")
    head.unlink()
    assert "nothing that predicts was kept of it" in refused(capsys, record.id, "new.txt")
    store.artifact_path(record.id).unlink()
    assert "run the cell again with --keep-encoders" in refused(capsys, record.id, "new.txt")
