"""From a trained cell to new inputs: `bench predict`, and the Python of an exported model's card, agree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

import fakes
import trials
from bench.cli.main import call
from bench.planning.cell import Cell
from bench.records.contributions import TASK
from bench.records.predictions import read_predictions
from bench.records.record import Record
from bench.records.store import Store
from bench.registry import load
from snippets import logits_of, python_of_card

WORDS = {"sea": "the sea has waves and salt", "town": "a town has streets and houses"}


def trained(backbone: dict[str, Any], dataset: dict[str, Any], task: str) -> Record:
    """A finished cell whose model was kept, in the results folder `all/tiny`."""
    registry = load()
    objective = registry.create("objective", {"name": "feature-extract", "head": "logistic-regression"})
    parts = {
        "backbone": registry.create("backbone", backbone),
        "dataset": registry.create("dataset", dataset),
        "task": registry.create("task", {"name": task}),
    }
    cell: Cell = fakes.cell(objective, **parts)
    record = trials.done(cell, Path.cwd(), keep_encoder=True)
    Store(Path("results")).put(record)
    Path("all").mkdir()
    Path("results").rename("all/tiny")
    return record


def predict(capsys: pytest.CaptureFixture[str], model: str, *files: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert call(["predict", model, *files, "--json", "--results", "all", "--device", "cpu"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def recorded(record: Record, classes: Sequence[str]) -> list[str]:
    """What was predicted of the test split when the cell was evaluated."""
    kept = read_predictions(Store(Path("all/tiny")).predictions_path(record.id))["test"]
    return [classes[at] for at in kept.statistics[TASK]["prediction"]]


def check_card(found: dict[str, Any], classes: Sequence[str]) -> None:
    """The Python of the card of the model in `mine` says the same of its input."""
    python = python_of_card(Path("mine/README.md").read_text())
    [logits] = logits_of({Path.cwd(): python})
    (row,) = torch.tensor(logits).softmax(1)
    assert classes[int(row.argmax())] == found["class"]
    assert float(row.max()) == pytest.approx(found["probability"], abs=1e-5)


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_images(capsys: pytest.CaptureFixture[str]) -> None:
    classes = [str(digit) for digit in range(10)]
    record = trained({"name": "cifar", "model": "resnet20"}, {"name": "digits"}, "image-classification")
    examples = load().create("dataset", {"name": "digits"}).load("test")
    chosen = read_predictions(Store(Path("all/tiny")).predictions_path(record.id))["test"].index[:8]
    names = [f"{number}.png" for number in chosen]
    for number, name in zip(chosen, names, strict=True):
        examples[number].input.save(name)
    found = predict(capsys, record.id, *names)
    assert [row["class"] for row in found] == recorded(record, classes)[:8]

    assert call(["weights", "export", record.id, "--to", "mine", "--results", "all"]) == 0
    assert predict(capsys, "mine", *names) == found
    Path(names[3]).rename("image.png")
    check_card(found[3], classes)


def test_texts(capsys: pytest.CaptureFixture[str]) -> None:
    for split, count in (("train", 20), ("test", 6)):
        rows = [f"{text} {number},{label}" for number in range(count) for label, text in WORDS.items()]
        Path(f"{split}.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    dataset = {"name": "csv", "train": "train.csv", "test": "test.csv", "text": "text"}
    record = trained({"name": "bert-mini", "max_length": 16}, dataset, "text-classification")
    Path("train.csv").rename("new.csv")
    found = predict(capsys, record.id, "test.csv")
    assert [row["class"] for row in found] == recorded(record, sorted(WORDS)) == ["sea", "town"] * 6
    assert found[0]["file"] == "test.csv, row 1"

    Path("a.txt").write_text("a text")
    (row,) = predict(capsys, record.id, "a.txt")
    assert call(["weights", "export", record.id, "--to", "mine", "--results", "all"]) == 0
    (again,) = predict(capsys, "mine", "a.txt")
    assert again["probability"] == pytest.approx(row["probability"], abs=1e-6)
    check_card(row, sorted(WORDS))
