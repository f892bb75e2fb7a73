"""Evaluate: a pretrained model as it is."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import nn

import bench
import fakes
import trials
from bench import Features
from bench.measuring.parameters import Parameters
from bench_objectives.evaluate import Evaluate


class Pretrained(fakes.Layers):
    """Comes with a head that names the nearest corner of the polygon on which the clouds lie."""

    name: ClassVar[str] = "pretrained"

    nameless: bool = False

    def load(self) -> bench.Encoder:
        encoder = fakes.make_encoder()
        encoder.forward = lambda inputs: Features(inputs["point"])
        names = () if self.nameless else (["a"], ["b"], ["c"])
        encoder.native = (bench.NativePart("classifier", 3, nearest_corner, names),)
        return encoder


def nearest_corner() -> nn.Module:
    angles = 2 * torch.pi * torch.arange(3) / 3

    class Head(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.corners = nn.Parameter(torch.stack([angles.cos(), angles.sin()]))

        def forward(self, features: Features) -> torch.Tensor:
            return features.pooled @ self.corners

    return Head()


def test_the_model_is_measured_with_its_own_head(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(Evaluate(), backbone=Pretrained()), tmp_path, [Parameters()])
    examples = fakes.Points().load("test")
    corners = np.array([[np.cos(angle), np.sin(angle)] for angle in 2 * np.pi * np.arange(3) / 3])
    right = [np.linalg.norm(corners - e.input, axis=1).argmin() == e.target for e in examples]
    assert record.quality["test"]["accuracy"] == np.float32(np.mean(right))
    assert record.quality["test"]["accuracy"] > 0.9
    assert record.effective["steps"] == 0
    assert trials.measured(record, "memory")["parameters_trainable"] == 0


def test_a_backbone_without_a_head_is_a_failed_cell(tmp_path: Path) -> None:
    record = trials.trial(fakes.cell(Evaluate()), tmp_path)
    assert record.status == "failed"
    assert record.reason == (
        "the backbone has no head of its own for these 3 classes; use fine-tune or feature-extract"
    )


def test_a_head_whose_classes_have_no_names_is_not_matched_by_guess(tmp_path: Path) -> None:
    record = trials.trial(fakes.cell(Evaluate(), backbone=Pretrained(nameless=True)), tmp_path)
    assert record.reason == (
        "the backbone has no head of its own for these 3 classes (it has one with 3 outputs that nobody has "
        "named; set the backbone's `classes`, if it has that setting); use fine-tune or feature-extract"
    )


def test_a_data_set_needs_no_training_examples(tmp_path: Path) -> None:
    cell = fakes.cell(Evaluate(), backbone=Pretrained(), dataset=fakes.Points(splits=("test",)))
    assert trials.done(cell, tmp_path).quality.keys() == {"test"}
