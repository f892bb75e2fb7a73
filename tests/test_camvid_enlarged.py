"""Road scenes are enlarged better than by a bicubic filter, with a backbone and by the decoder alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import run_suite
from imagenet_lite import MODEL, lite0
from rivals import THREADS

SUITE = """
defaults: {{batch_size: 8, precision: fp32, threads: {threads}}}
matrix:
  dataset:
    name: images
    path: {data}
    images: images
    task: {{name: super-resolution, crop: 32, augmentation: [flip]}}
  backbone: {{name: resampling/bicubic, image_size: [90, 120]}}
  objective: {{name: fine-tune, epochs: 40, lr: 2e-3}}
  seed: 0
include:
  - objective: evaluate
  - backbone: {{name: timm/{model}, weights: {weights}, image_size: [90, 120], fit: stretch}}
"""
BETTER = 1.0
"""Decibels by which training is to beat the filter."""


@pytest.fixture
def data(shared_data: Path, tmp_path: Path) -> Path:
    """CamVid with a few images of its test for val, so that all of train is learnt from."""
    folder = tmp_path / "camvid"
    (folder / "val" / "images").mkdir(parents=True)
    for split in ("train", "test"):
        (folder / split).symlink_to(shared_data / "camvid" / split)
    for path in sorted((folder / "test" / "images").iterdir())[:4]:
        (folder / "val" / "images" / path.name).symlink_to(path.resolve())
    return folder


@pytest.mark.slow
def test_camvid_is_enlarged_better_than_by_a_filter(data: Path, tmp_path: Path) -> None:
    suite = SUITE.format(data=data, model=MODEL, weights=lite0(tmp_path), threads=THREADS)
    alone, theirs, ours = run_suite(suite, tmp_path)
    for record in (theirs, alone, ours):
        print(record.labels, record.quality["test"])
    for record in (alone, ours):
        assert record.quality["test"]["psnr"] > theirs.quality["test"]["psnr"] + BETTER
        assert record.quality["test"]["ssim"] > theirs.quality["test"]["ssim"]
