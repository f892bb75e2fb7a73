"""The default probe on real data against the best of scikit-learn: a check of some minutes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bench
import probes
import trials
from bench.feeding.arrays import Array
from bench.planning import load_suite, make_plan
from bench.planning.cell import Cell
from bench.registry import load
from bench.toolkit.penalties import GRID
from bench.trial.live import LiveRun

pytestmark = pytest.mark.slow

SUITE = """
device: cpu
matrix:
  backbone: {backbone}
  objective: {{name: feature-extract, head: logistic-regression}}
  dataset: {dataset}
"""
DOMAINS = ("books", "dvd", "electronics", "kitchen")
POINTS = 0.005
MODERATE = [l2 for l2 in GRID if 1e-4 <= l2 <= 1e4]
"""What scikit-learn chooses from; the ends of the grid are the best of none of these data sets."""


def sst2(data: Path, folder: Path) -> tuple[str, str]:
    files = ", ".join(f"{split}: {data}/sst2/{split}.csv" for split in ("train", "test"))
    return "minilm", f"{{name: csv, {files}, val: {data}/sst2/dev.csv}}"


def amazon(data: Path, folder: Path) -> tuple[str, str]:
    for split in ("train", "test"):
        with (folder / f"{split}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "label"])
            for domain in DOMAINS:
                with (data / "amazon-domains" / domain / f"{split}.csv").open(newline="") as source:
                    writer.writerows([row["text"], row["label"]] for row in csv.DictReader(source))
    return "{name: minilm, max_length: 64}", f"{{name: csv, path: {folder}}}"


def cifar10(data: Path, folder: Path) -> tuple[str, str]:
    parts = data / "cifar10" / "data"
    files = f"train: {parts}/train-00000-of-00003.parquet, test: {parts}/test-00000-of-00001.parquet"
    return f"{{name: cifar/resnet20, weights: {data}/weights/resnet20.safetensors}}", (
        f"{{name: parquet, {files}, image: image}}"
    )


def digits(data: Path, folder: Path) -> tuple[str, str]:
    return "cifar/resnet20", "digits"


def docstrings(data: Path, folder: Path) -> tuple[str, str]:
    return "{name: minilm, max_length: 64}", "docstrings"


def topics(data: Path, folder: Path) -> tuple[str, str]:
    """Which article a question of SQuAD is about: every fourth is for test."""
    lines = (data / "squad" / "train.jsonl").read_text().splitlines()
    rows = [(row["question"], row["title"]) for row in map(json.loads, lines)]
    train = [row for number, row in enumerate(rows) if number % 4]
    for split, chosen in (("train", train), ("test", rows[::4])):
        with (folder / f"{split}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *chosen])
    return "{name: minilm, max_length: 32}", f"{{name: csv, path: {folder}}}"


SETS = (sst2, amazon, cifar10, digits, docstrings, topics)


@pytest.mark.parametrize("chosen", SETS, ids=lambda chosen: chosen.__name__)
def test_the_default_probe_is_within_half_a_point_of_the_best_of_scikit_learn_s(
    chosen: Callable[[Path, Path], tuple[str, str]], shared_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    cell = the_cell(*chosen(shared_data, folder), tmp_path)
    found = trials.done(cell, tmp_path).quality["test"]["accuracy"]
    data = kept(trials.live(tmp_path, cell))
    expected = {normalise: accuracy(normalise, data) for normalise in probes.ORACLES}
    print(f"{chosen.__name__}: {found:.4f}; scikit-learn", {k: f"{v:.4f}" for k, v in expected.items()})
    assert found >= max(expected.values()) - POINTS


def the_cell(backbone: str, dataset: str, folder: Path) -> Cell:
    """The cell of the default probe of a backbone on a data set."""
    file, registry = folder / "probe.yaml", load()
    file.write_text(SUITE.format(backbone=backbone, dataset=dataset))
    [cell] = make_plan(load_suite(file, registry), registry).cells
    return cell


def kept(run: LiveRun) -> dict[str, tuple[Array, Array]]:
    """The features of each split as they were kept, and the labels."""
    parts = {}
    for split in bench.SPLITS:
        encoded = trials.drain(run.encode(split))
        batch = encoded.take(range(len(encoded)))
        parts[split] = batch.features.pooled.numpy().astype(np.float64), batch.targets["label"].numpy()
    return parts


def accuracy(normalise: str, data: dict[str, tuple[Array, Array]]) -> float:
    """That on test of scikit-learn's solution on train and val, under the penalty that is best on val."""
    losses = probes.losses_on_val(normalise, data["train"], data["val"], MODERATE)
    l2 = min(losses, key=lambda l2: losses[l2])
    together = [np.concatenate(parts) for parts in zip(data["train"], data["val"], strict=True)]
    return float(probes.solved(normalise, l2, *together).score(*data["test"]))
