"""Figures that others published or measured, as a cell of `bench` records them."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest
from PIL import Image

from commandline import run_here, run_suite

PUBLISHED = {
    "resnet18": (11.69, 1.82),
    "resnet50": (25.56, 4.11),
    "vgg16": (138.36, 15.47),
    "mobilenetv3_small_100": (2.54, 0.06),
    "vit_tiny_patch16_224": (5.72, 1.26),
}
"""Of timm's results table: millions of parameters, and GMACs of a forward pass at 224 pixels."""


@pytest.mark.parametrize(
    "models",
    [
        ("mobilenetv3_small_100", "vit_tiny_patch16_224"),
        pytest.param(("resnet18", "resnet50", "vgg16"), marks=pytest.mark.slow, id="large"),
    ],
)
def test_parameters_and_arithmetic_are_the_published_ones(models: tuple[str, ...], tmp_path: Path) -> None:
    for number in range(1000):  # as many classes as ImageNet has
        folder = tmp_path / "images" / "train" / f"class{number:03}"
        folder.mkdir(parents=True)
        Image.new("RGB", (16, 16), (number % 256, 0, 0)).save(folder / "0.png")
    backbones = [f"{{name: timm/{model}, weights: none, image_size: 224}}" for model in models]
    suite = f"""
    limits: {{steps: 1, train_examples: 2, val_examples: 1, test_examples: 1}}
    matrix:
      backbone: [{", ".join(backbones)}]
      objective: {{name: feature-extract, epochs: 1}}
      dataset: {{name: imagefolder, path: {tmp_path / "images"}}}
    """
    for record in run_here(suite, tmp_path):
        parameters, gmacs = PUBLISHED[record.cell["backbone"]["model"]]
        assert record.resources["memory"][""]["parameters_total"] / 1e6 == pytest.approx(parameters, rel=0.01)
        rounding = 0.005 if gmacs < 0.1 else 0.0
        measured = record.resources["throughput"][""]["forward_gflops"] / 2
        assert measured == pytest.approx(gmacs, rel=0.01, abs=rounding)


@pytest.mark.slow
def test_minilm_learns_sentiment_as_with_another_trainer(shared_data: Path, tmp_path: Path) -> None:
    sst2 = shared_data / "sst2"
    suite = f"""
    matrix:
      backbone: minilm
      objective: {{name: fine-tune, epochs: 1, lr: 5e-5}}
      dataset: {{name: csv, text: text, train: {sst2}/train.csv, val: {sst2}/dev.csv, test: {sst2}/test.csv}}
      seed: [0, 1, 2]
      train_examples: 2000
    include:
      - {{objective: feature-extract, seed: 0, train_examples: 6920}}
    """
    records = run_suite(suite, tmp_path)
    dev = {"fine-tune": [], "feature-extract": []}
    for record in records:
        dev[record.labels["objective"]].append(record.quality["val"]["accuracy"])
    assert mean(dev["fine-tune"]) >= 0.79
    assert mean(dev["feature-extract"]) >= 0.79


@pytest.mark.slow
def test_fine_tuning_mends_what_jpeg_spoilt(shared_data: Path, tmp_path: Path) -> None:
    cifar = shared_data / "cifar10" / "data"
    suite = f"""
    limits: {{val_examples: 10}}
    defaults: {{batch_size: 128}}
    matrix:
      backbone: {{name: cifar/resnet20, weights: {shared_data}/weights/resnet20.safetensors}}
      objective: {{name: fine-tune, epochs: 2, lr: 0.02, optimizer: sgd}}
      dataset:
        name: parquet
        train: {cifar}/train-00000-of-00003.parquet
        test: {cifar}/test-00000-of-00001.parquet
        image: image
        task: {{name: image-classification, augmentation: [flip, shift]}}
    """
    [record] = run_suite(suite, tmp_path)
    assert record.quality["test"]["accuracy"] >= 0.85
