"""Road scenes are enlarged better than by a bicubic filter, and as well as by a plain script."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import mean

import pytest

from commandline import run_suite
from imagenet_lite import MODEL, lite0
from rivals import SEEDS, THREADS, compare, rival
from scenes import camvid

EPOCHS = 40
SUITE = """
defaults: {{batch_size: 8, precision: fp32, threads: {threads}}}
matrix:
  dataset:
    name: images
    path: {data}
    images: images
    task: {{name: super-resolution, crop: 32, augmentation: [flip]}}
  backbone:
    - {{name: resampling/bicubic, image_size: [90, 120], as: decoder alone}}
    - {{name: timm/{model}, weights: {weights}, image_size: [90, 120], fit: stretch, as: lite0}}
  objective: {{name: fine-tune, epochs: {epochs}, lr: 2e-3, warmup: 0.3}}
  seed: {seeds}
include:
  - backbone: {{name: resampling/bicubic, image_size: [90, 120], as: decoder alone}}
    objective: evaluate
    seed: 0
"""
BETTER = 1.0
"""Decibels by which training is to beat the filter."""


@pytest.mark.slow
def test_camvid_is_enlarged_better_than_by_a_filter_and_as_by_a_plain_script(
    shared_data: Path, tmp_path: Path
) -> None:
    weights, data = lite0(tmp_path), camvid(shared_data, tmp_path)
    theirs, their_seconds = rival("plain_enlarger.py", weights, data, "--epochs", EPOCHS)
    suite = SUITE.format(
        data=data, model=MODEL, weights=weights, epochs=EPOCHS, seeds=[*SEEDS], threads=THREADS
    )
    trained = defaultdict(list)
    for record in run_suite(suite, tmp_path):
        if record.labels["objective"] == "evaluate":
            by_filter = record.quality["test"]
        else:
            trained[record.labels["backbone"]].append(record)
    print(by_filter)
    compare("seconds", [record.seconds for record in trained["lite0"]], their_seconds)
    for name, records in trained.items():
        for figure, least in (("psnr", BETTER), ("ssim", 0)):
            ours = [record.quality["test"][figure] for record in records]
            compare(f"{figure} of {name}", ours, [figures[figure] for figures in theirs])
            assert mean(ours) > by_filter[figure] + least
