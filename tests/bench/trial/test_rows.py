"""Examples of several rows, with texts for targets, go the whole way: prepared, encoded, kept, predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import nn

import bench
import sequences
import trials
from bench.records.predictions import read_predictions
from bench.toolkit.additive import Additive
from bench_objectives.feature_extract import FeatureExtract
from frozen import Frozen

RECIPE: dict[str, Any] = {"epochs": 40, "lr": 0.02}


class Halves(sequences.WalkClassification):
    """A walk as its two halves, encoded each by itself; the class is asked for by its name."""

    name: ClassVar[str] = "walk-halves"
    reads: ClassVar[frozenset[str]] = frozenset({"pooled", "maps"})
    primary: ClassVar[bench.Figure] = bench.Figure("named", better="higher", mean_of="right")
    figures: ClassVar[tuple[bench.Figure, ...]] = (primary,)

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        if len(example.input) == 1:
            raise bench.UnsuitableError("a walk of one step has no halves")
        walk = processor(example.input)["walk"]
        names = ("up", "down", "left, the wrong way\n")
        return bench.Sample(
            {"walk": walk}, {"label": np.array(example.target), "name": names[example.target]}
        )

    def collate(self, samples: Sequence[bench.Sample]) -> bench.Batch:
        targets = {
            "label": torch.tensor([int(sample.targets["label"]) for sample in samples]),
            "name": [sample.targets["name"] for sample in samples],
        }
        if not samples[0].inputs:
            return bench.Batch({}, targets)
        whole = [sample.inputs["walk"] for sample in samples]
        halves = [torch.from_numpy(half) for walk in whole for half in np.split(walk, [len(walk) // 2])]
        inputs = {
            "walk": nn.utils.rnn.pad_sequence(halves, batch_first=True),
            "length": torch.tensor([len(half) for half in halves]),
        }
        return bench.Batch(inputs, targets, rows=torch.full((len(samples),), 2))

    def head(self, encoder: bench.Encoder, info: bench.DatasetInfo) -> nn.Module:
        return BestHalf(encoder.spec.channels[0], len(info.classes))

    def metrics(self, info: bench.DatasetInfo) -> bench.Metrics:
        return Named()


class BestHalf(sequences.MaxHead):
    def forward(self, features: bench.Features) -> torch.Tensor:
        assert features.rows is not None
        halves = super().forward(features).split(features.rows.tolist())
        return torch.stack([rows.amax(dim=0) for rows in halves])


class Named(Additive):
    def statistics(self, predictions: bench.Predictions, targets: bench.Targets) -> Mapping[str, Any]:
        right = predictions["logits"].argmax(1) == targets["label"].to(predictions["logits"].device)
        return {"right": right, "name": targets["name"]}

    def of_sums(self, sums: Mapping[str, Any], count: float) -> dict[str, float]:
        return {"named": float(sums["right"]) / count}


class LongWalks(sequences.Walks):
    """Walks of at least two steps."""

    name: ClassVar[str] = "long-walks"

    def load(self, split: str) -> Sequence[bench.Example]:
        return [
            bench.Example(np.repeat(example.input, 2, axis=0), example.target)
            for example in super().load(split)
        ]


def cell(objective: bench.Objective, **changes: object) -> Any:
    return sequences.cell(objective, **{"dataset": LongWalks(), "task": Halves(), **changes})


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    settings = bench.Settings(precision="fp32")
    kept = trials.done(cell(FeatureExtract(**RECIPE), settings=settings), tmp_path / "kept")
    fresh = trials.done(cell(Frozen(**RECIPE), settings=settings), tmp_path / "fresh")
    assert kept.quality == fresh.quality
    assert kept.quality["test"]["named"] > 0.8
    again = trials.done(cell(FeatureExtract(**RECIPE), settings=settings), tmp_path / "kept")
    assert again.quality == kept.quality


def test_texts_are_kept_for_people_to_read(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(trials.Nothing()))
    trials.drain(run.evaluate("test"))
    kept = run.contributions["test"].statistics[""]
    truth = [("up", "down", "left, the wrong way\n")[at % 3] for at in range(90)]
    assert kept["name"].tolist() == truth
    from bench.records.predictions import write_predictions

    write_predictions(tmp_path / "p.parquet", run.contributions)
    back = read_predictions(tmp_path / "p.parquet")["test"].statistics[""]
    assert back["name"].tolist() == truth
    assert Named().compute(back) == {"named": run.quality["test"]["named"]}


def test_an_example_that_a_task_cannot_use_is_named(tmp_path: Path) -> None:
    run = trials.live(tmp_path, cell(trials.Nothing(), dataset=sequences.Walks()))
    with pytest.raises(bench.DataError, match=r"^test, example \d+: a walk of one step has no halves$"):
        run.data("test")
