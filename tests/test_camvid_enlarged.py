"""Road scenes are enlarged better than by a bicubic filter, with a backbone and by the decoder alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import run_suite
from imagenet_lite import MODEL, lite0
from rivals import THREADS
from scenes import camvid

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


@pytest.mark.slow
def test_camvid_is_enlarged_better_than_by_a_filter(shared_data: Path, tmp_path: Path) -> None:
    suite = SUITE.format(
        data=camvid(shared_data, tmp_path), model=MODEL, weights=lite0(tmp_path), threads=THREADS
    )
    alone, theirs, ours = run_suite(suite, tmp_path)
    for record in (theirs, alone, ours):
        print(record.labels, record.quality["test"])
    for record in (alone, ours):
        assert record.quality["test"]["psnr"] > theirs.quality["test"]["psnr"] + BETTER
        assert record.quality["test"]["ssim"] > theirs.quality["test"]["ssim"]
