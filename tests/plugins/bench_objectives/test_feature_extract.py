"""Feature extraction: the encoder looks once, the head learns what a linear model can."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
import torch
from sklearn.linear_model import LogisticRegression

import bench
import fakes
import sequences
import trials
from bench import Limits, Settings
from bench.measuring.parameters import Parameters
from bench_objectives.feature_extract import FeatureExtract

SEEN: list[int] = []


class Counted(fakes.Layers):
    """Counts the examples that its encoder sees."""

    name: ClassVar[str] = "counted"

    def load(self) -> bench.Encoder:
        encoder = super().load()
        encoder.register_forward_pre_hook(lambda _, inputs: SEEN.append(len(inputs[0]["point"])))
        return encoder


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    SEEN.clear()


def test_each_split_is_encoded_once(tmp_path: Path) -> None:
    cell = fakes.cell(FeatureExtract(epochs=7), backbone=Counted(), settings=Settings(eval_batch_size=20))
    record = trials.done(cell, tmp_path)
    assert SEEN == [20] * 9  # three splits of sixty
    assert record.effective["steps"] == 7 * 2
    SEEN.clear()
    trials.done(cell, tmp_path)
    assert SEEN == []


def test_only_the_head_learns(tmp_path: Path) -> None:
    cell = fakes.cell(FeatureExtract(epochs=3))
    run = trials.live(tmp_path, cell)
    encoder = [parameter.detach().clone() for parameter in run.encoder.parameters()]
    head = [parameter.detach().clone() for parameter in run.head.parameters()]
    trials.drain(cell.objective.train(run))
    assert all(torch.equal(a, b) for a, b in zip(encoder, run.encoder.parameters(), strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(head, run.head.parameters(), strict=True))
    record = trials.done(cell, tmp_path, [Parameters()])
    assert record.resources["memory"]["parameters_trainable"] == 8 * 3 + 3


@pytest.mark.parametrize("seed", range(3))
def test_the_head_learns_what_a_linear_model_can(tmp_path: Path, seed: int) -> None:
    points = fakes.Points(classes=tuple("abcde"), size=400, spread=0.5)
    # Untrained layers are wide enough here to keep the classes apart, if not perfectly.
    cell = fakes.cell(FeatureExtract(), backbone=fakes.Layers(width="32"), dataset=points, seed=seed)
    accuracy = trials.done(cell, tmp_path).quality["test"]["accuracy"]

    run = trials.live(tmp_path, cell)
    features, labels = {}, {}
    for split in ("train", "test"):
        batch = run.data(split).take(range(400))
        with torch.inference_mode():
            features[split], labels[split] = (
                run.encoder(batch.inputs).pooled.numpy(),
                batch.targets["label"].numpy(),
            )
    mean, deviation = features["train"].mean(0), features["train"].std(0) + 1e-9
    standard = {split: (values - mean) / deviation for split, values in features.items()}
    model = LogisticRegression(max_iter=2000).fit(standard["train"], labels["train"])
    expected = model.score(standard["test"], labels["test"])
    assert 0.4 < expected < 0.95
    assert accuracy == pytest.approx(expected, abs=0.04)


def test_heads_that_look_at_each_position_learn_too(tmp_path: Path) -> None:
    record = trials.done(sequences.cell(FeatureExtract(), backbone=sequences.Walker(width=32)), tmp_path)
    assert record.quality["test"]["accuracy"] > 0.85


def test_a_limit_on_steps_is_one_of_the_head_s_training(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(FeatureExtract(), limits=Limits(steps=3)), tmp_path)
    assert (record.effective["steps"], record.effective["ended_by"]) == (3, "steps")
    assert record.quality["test"]
