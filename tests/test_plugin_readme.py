"""The examples in `plugins/README.md` are complete: each keeps its contract, and all run in one suite."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from PIL import Image
from sklearn.metrics import cohen_kappa_score

import fakes
import trials
from bench import (
    Batch,
    Column,
    DatasetInfo,
    Example,
    ExportedCell,
    ExportedData,
    Features,
    FeatureSpec,
    Figure,
    Sample,
    Sheet,
    Task,
)
from bench.cli.main import call
from bench.records.predictions import read_predictions
from bench.registry import KINDS, load
from bench.testing import check
from bench.testing.partners import batch_of
from bench.toolkit.heads import LinearHead

README = (Path(__file__).resolve().parents[1] / "plugins" / "README.md").read_text()
FILES = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
PLUGINS = [name for name in FILES if name.endswith(".py")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_is_an_example_of_each_kind(folder):
    registry = load([folder / name for name in PLUGINS])
    found = {
        kind for kind in KINDS for e in registry.entries[kind].values() if e.owner.distribution in PLUGINS
    }
    assert registry.broken == []
    assert found == set(KINDS)


def test_the_table_names_each_example():
    assert re.findall(r"\[(\w+\.py)\]", README) == PLUGINS


@pytest.mark.parametrize("name", PLUGINS)
def test_an_example_keeps_its_contract(name, folder):
    registry = load([folder / name])
    classes = [
        entry.cls
        for entries in registry.entries.values()
        for entry in entries.values()
        if entry.owner.distribution == name
    ]
    assert classes
    assert {cls.name: check(cls, registry) for cls in classes} == {cls.name: [] for cls in classes}


def test_the_metric_stands_beside_the_task_s(folder):
    registry = load([folder / "kappa.py"])
    cell = fakes.cell(trials.Nothing())
    record = trials.done(cell, folder, metrics=registry.metrics())
    kept = read_predictions(trials.job(cell, folder).store.predictions_path(cell.id))
    for split, found in kept.items():
        statistics = found.statistics["kappa"]
        expected = cohen_kappa_score(statistics["target"], statistics["prediction"])
        assert record.quality[split]["kappa"] == pytest.approx(expected)
    assert {"accuracy", "auroc", "kappa"} <= record.quality["test"].keys()


def test_the_exporter_writes_a_line_a_row_that_latex_can_read(folder):
    data = ExportedData("digits", "digits", "image-classification", "0a")
    cells = [
        ExportedCell("1", "r", "s", {"backbone": "a_1 & 50%"}, seed, "done", "accuracy", data, [(accuracy,)])
        for seed, accuracy in enumerate((0.5, 0.75))
    ]
    sheet = Sheet([Column(Figure("accuracy"), "test accuracy", split="test")], cells, [data])
    exporter = load([folder / "latex.py"]).create("exporter", {"name": "latex"})
    expected = rb"a\_1 \& 50\% & $0.6250 \pm 0.1768$ \\" + b"\n"
    assert exporter.export(sheet) == {"table.tex": expected}


def test_all_of_them_work_together(folder):
    assert call(["run", "suite.yaml", *(word for name in PLUGINS for word in ("--plugin", name))]) == 0
    lines = [json.loads(line) for line in Path("journal.jsonl").read_text().splitlines()]
    assert [line["status"] for line in lines] == ["done"] * 18
    assert {tuple(line["quality"]["test"]) for line in lines if line["labels"]["dataset"] == "discs"} == {
        ("mae",),
        ("turn_accuracy",),
    }
    classified = [line for line in lines if "accuracy" in line["quality"]["test"]]
    assert len(classified) == 6
    assert all("kappa" in line["quality"]["test"] for line in classified)
    records = [json.loads(path.read_text()) for path in Path("results/suite/cells").glob("*.json")]
    assert all(record["resources"]["throughput"]["train"]["cpu_seconds"] > 0 for record in records)


# --- what things are called --------------------------------------------------------------------------


def names(where: str) -> tuple[str, ...]:
    [found] = re.findall(rf"^\| {re.escape(where)} \| (.*?) \|", README, re.MULTILINE)
    return tuple(re.findall(r"`(\w+)`", found))


INPUTS = {"images": Image.new("RGB", (40, 30)), "texts": ("one text", "another")}
PARTS = {
    "images": ("image-classification", {"name": "cifar", "model": "resnet20", "weights": "none"}),
    "texts": ("text-classification", {"name": "bert-mini", "weights": "none"}),
}


@pytest.mark.parametrize("kind", PARTS)
def test_things_are_called_as_the_table_says(kind):
    registry = load()
    task, backbone = PARTS[kind]
    task, encoder = registry.create("task", {"name": task}), registry.create("backbone", backbone).load()
    info = DatasetInfo({"test": 2}, ("a", "b", "c"))
    batch = batch_of(task, encoder, [Example(INPUTS[kind], 1), Example(INPUTS[kind], 2)])
    features = encoder.eval()(batch.inputs)
    predictions = task.predict(LinearHead(encoder.spec.pooled, 3), features)
    assert set(batch.inputs) == set(names(f"inputs of {kind}"))
    assert (*batch.targets,) == names("targets of classification")
    assert (*predictions,) == names("predictions of classification")
    assert (*task.metrics(info).statistics(predictions, batch.targets),) == names(
        "statistics of classification"
    )
    assert batch.targets["label"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("where", "cls", "given"),
    [
        ("`Example`", Example, ()),
        ("`Sample`, `Batch`", Sample, ()),
        ("`Sample`, `Batch`", Batch, ("indices", "features", "rows")),
        ("`Features`", Features, ()),
        ("`encoder.spec`", FeatureSpec, ()),
    ],
)
def test_fields_are_called_as_the_table_says(where, cls, given):
    assert tuple(field.name for field in dataclasses.fields(cls)) == (*names(where), *given)


def test_a_task_reads_what_the_page_says_by_default():
    assert Task.reads == {"pooled"}
