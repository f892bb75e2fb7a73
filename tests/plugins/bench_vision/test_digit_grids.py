"""Grids of digits: what is drawn is what the classes say, and images go the whole way."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bench
import fakes
import trials
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_vision.cifar import Cifar
from bench_vision.digit_grids import DigitGrids
from bench_vision.digits import Digits
from bench_vision.image_multi_label import ImageMultiLabel
from bench_vision.image_regression import ImageRegression


def test_each_corner_holds_a_digit_of_the_classes_or_nothing() -> None:
    known = {example.input.tobytes(): example.target for example in Digits().load("test")}
    for example in DigitGrids().load("test")[:50]:
        pixels = np.array(example.input)
        corners = [pixels[y : y + 8, x : x + 8] for y in (0, 8) for x in (0, 8)]
        drawn = {known[corner.tobytes()] for corner in corners if corner.any()}
        assert tuple(sorted(drawn)) == example.target


def test_tasks_that_ask_for_a_number_get_the_sum() -> None:
    known = {example.input.tobytes(): example.target for example in Digits().load("test")}
    numbers = DigitGrids(task="image-regression").serving(ImageRegression())
    assert numbers.info().classes == ()
    for asked, example in zip(numbers.load("test"), DigitGrids().load("test"), strict=True):
        pixels = np.array(asked.input)
        assert (pixels == np.array(example.input)).all()
        corners = [pixels[y : y + 8, x : x + 8] for y in (0, 8) for x in (0, 8)]
        assert asked.target == sum(known[corner.tobytes()] for corner in corners if corner.any())


def cell(objective: bench.Objective, task: ImageMultiLabel) -> fakes.Cell:
    return fakes.cell(
        objective,
        backbone=Cifar(model="resnet20", weights="none", image_size=16),
        dataset=DigitGrids(),
        task=task,
        limits=bench.Limits(train_examples=48, val_examples=16, test_examples=32),
        settings=bench.Settings(batch_size=16, precision="fp32"),
    )


def test_kept_features_give_what_a_frozen_encoder_gives(tmp_path: Path) -> None:
    order = cell(FeatureExtract(epochs=3), ImageMultiLabel())
    kept = trials.done(order, tmp_path / "kept")
    bound = trials.done(order, tmp_path / "bound", cache_limit=0)
    assert kept.quality == bound.quality
    assert kept.quality["test"].keys() == {figure.name for figure in ImageMultiLabel.figures}


def test_images_are_augmented(tmp_path: Path) -> None:
    trials.done(cell(FineTune(epochs=1), ImageMultiLabel(augmentation=("flip", "shift"))), tmp_path)
