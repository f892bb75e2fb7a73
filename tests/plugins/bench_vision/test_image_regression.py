"""Numbers for images, all the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

import bench
import fakes
import trials
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_vision.cifar import Cifar
from bench_vision.image_regression import ImageRegression


class Greys(bench.Dataset):
    """Grey images, and how bright they are in percent."""

    name: ClassVar[str] = "greys"
    task: ClassVar[str] = "image-regression"
    targets: ClassVar[frozenset[str]] = frozenset({"number"})

    def fingerprint(self) -> str:
        return "greys"

    def info(self) -> bench.DatasetInfo:
        return bench.DatasetInfo({"train": 64, "val": 16, "test": 32})

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        shares = np.random.default_rng(len(split)).uniform(size=self.info().sizes[split])
        return [bench.Example(Image.new("L", (8, 8), round(255 * s)), 100 * s) for s in shares]


def cell(objective: bench.Objective, **settings: Any) -> fakes.Cell:
    return fakes.cell(
        objective,
        backbone=Cifar(model="resnet20", weights="none", image_size=8),
        dataset=Greys(),
        task=ImageRegression(**settings),
        settings=bench.Settings(batch_size=16, precision="fp32"),
    )


def test_brightness_is_learned_from_frozen_features(tmp_path: Path) -> None:
    quality = trials.done(cell(FeatureExtract(epochs=60)), tmp_path).quality["test"]
    assert quality.keys() == {figure.name for figure in ImageRegression.figures}
    assert quality["r2"] > 0.5
    assert quality["mae"] < 20


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    order = cell(FeatureExtract(epochs=3))
    kept = trials.done(order, tmp_path / "kept")
    bound = trials.done(order, tmp_path / "bound", cache_limit=0)
    assert kept.quality["test"] == pytest.approx(bound.quality["test"])


def test_images_are_augmented(tmp_path: Path) -> None:
    trials.done(cell(FineTune(epochs=1), augmentation=("flip", "shift")), tmp_path)
