"""Objectives on images without labels, on the digits: small backbones, and a trial of learning."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

import bench
import fakes
import trials
from bench import Features, FeatureSpec
from bench.planning.cell import Cell
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.trial.live import LiveRun
from bench_vision.cifar import Cifar
from bench_vision.digits import Digits
from bench_vision.image_classification import ImageClassification

SIDE = 8
RESNET = Cifar(model="resnet20", weights="none", image_size=SIDE)


class LinearBackbone(bench.Backbone):
    """One linear layer over all pixels, without maps."""

    name: ClassVar[str] = "linear"

    width: int = Field(8, description="width of what it gives")

    def modalities(self) -> frozenset[str]:
        return frozenset({"image"})

    def strides(self) -> tuple[int, ...]:
        return ()

    def load(self) -> bench.Encoder:
        layer = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, self.width))
        return LinearEncoder(layer, ImageProcessor((SIDE, SIDE), (SIDE, SIDE)), FeatureSpec(self.width))


class LinearEncoder(ImageEncoder):
    def encode(self, images: Tensor) -> Features:
        return Features(self.trunk(images))


def cell(objective: bench.Objective, **changes: object) -> Cell:
    """A cell of an objective and ResNet-20 on the digits at 8 pixels."""
    parts = {
        "backbone": RESNET,
        "dataset": Digits(),
        "task": ImageClassification(),
        "settings": bench.Settings(batch_size=128, eval_batch_size=128),
        "labels": {"backbone": "cifar/resnet20", "objective": objective.name, "dataset": "digits"},
        "limits": bench.Limits(train_examples=640),
    }
    return fakes.cell(objective, **{**parts, **changes})


def live(folder: Path, objective: bench.Objective, **changes: object) -> LiveRun:
    """A live run of such a cell."""
    return trials.live(folder, cell(objective, **changes))


def assert_learns(
    folder: Path,
    objective: bench.Objective,
    *,
    lower: Collection[str] = (),
    higher: Collection[str] = (),
    **changes: object,
) -> None:
    """Check that figures on test fall or rise against the untrained model's, and that the loss falls."""
    before = quality(folder, objective.model_copy(update={"epochs": 0}), **changes)
    after = quality(folder, objective, **changes)
    assert {*lower, *higher} == set(after)
    assert [name for name in lower if after[name] >= before[name]] == []
    assert [name for name in higher if after[name] <= before[name]] == []
    losses = training_losses(live(folder, objective, **changes), objective)
    third = len(losses) // 3
    assert losses[-third:].mean() < losses[:third].mean()


def quality(folder: Path, objective: bench.Objective, **changes: object) -> Mapping[str, float]:
    """The figures on test of a cell run to its end."""
    return trials.done(cell(objective, **changes), folder).quality["test"]


def training_losses(run: LiveRun, objective: bench.Objective) -> Tensor:
    """The loss of each step of a training."""
    return torch.stack([step.loss for step in objective.train(run) if step.loss is not None])
