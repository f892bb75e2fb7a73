"""Blood cells are found as by torchvision's FCOS in a plain script."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

from commandline import run_suite
from imagenet_lite import MODEL, lite0
from rivals import SEEDS, THREADS, compare, rival

EPOCHS = 8
SUITE = """
defaults: {{batch_size: 8, precision: fp32, threads: {threads}}}
matrix:
  backbone: {{name: timm/{model}, weights: {weights}, image_size: [144, 192], fit: stretch}}
  objective: {{name: fine-tune, epochs: {epochs}, lr: 2e-3, warmup: 0.3}}
  dataset:
    name: coco
    path: {data}
    task: {{name: object-detection, augmentation: [flip]}}
  seed: {seeds}
"""


@pytest.mark.slow
def test_bccd_is_learned_as_by_a_plain_script(shared_data: Path, tmp_path: Path) -> None:
    weights, data = lite0(tmp_path), shared_data / "bccd"
    theirs, their_seconds = rival("plain_detector.py", weights, data, "--epochs", EPOCHS)
    suite = SUITE.format(
        model=MODEL, weights=weights, data=data, epochs=EPOCHS, seeds=[*SEEDS], threads=THREADS
    )
    records = run_suite(suite, tmp_path)
    ours = [record.quality["test"] for record in records]
    compare("seconds", [record.seconds for record in records], their_seconds)
    for name in ("map", "map_50"):
        compare(name, *([figures[name] for figures in side] for side in (ours, theirs)))
    assert mean(figures["map_50"] for figures in ours) >= 0.6
