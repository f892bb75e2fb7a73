"""Road scenes are segmented as well as by a plain script, with ImageNet's weights and without."""

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
  backbone: {{name: timm/{model}, weights: {weights}, image_size: [96, 128], fit: stretch}}
  objective: {objective}
  dataset:
    name: image-masks
    path: {data}
    ignore: [void]
    task: {{name: semantic-segmentation, augmentation: [flip]}}
  seed: {seeds}
"""
FINE_TUNE = f"{{name: fine-tune, epochs: {EPOCHS}, lr: 2e-3, warmup: 0.3}}"


@pytest.fixture
def data(shared_data: Path, tmp_path: Path) -> Path:
    """CamVid with a few images of its test for val, so that all of train is learnt from."""
    folder = tmp_path / "camvid"
    folder.mkdir()
    for split in ("train", "test"):
        (folder / split).symlink_to(shared_data / "camvid" / split)
    (folder / "classes.txt").symlink_to(shared_data / "camvid" / "classes.txt")
    for kind in ("images", "masks"):
        (folder / "val" / kind).mkdir(parents=True)
        for path in sorted((folder / "test" / kind).iterdir())[:4]:
            (folder / "val" / kind / path.name).symlink_to(path.resolve())
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("trained", "least", "most"), [(True, 0.38, 1), (False, 0, 0.27)])
def test_camvid_is_learned_as_by_a_plain_script(
    trained: bool, least: float, most: float, data: Path, tmp_path: Path
) -> None:
    weights = lite0(tmp_path) if trained else Path("none")
    theirs, their_seconds = rival("plain_segmenter.py", weights, data, "--epochs", EPOCHS)
    suite = SUITE.format(
        model=MODEL, weights=weights, data=data, objective=FINE_TUNE, seeds=[*SEEDS], threads=THREADS
    )
    records = run_suite(suite, tmp_path)
    ours = [record.quality["test"] for record in records]
    compare("seconds", [record.seconds for record in records], their_seconds)
    for name in ("pixel_accuracy", "mean_iou"):
        compare(name, *([figures[name] for figures in side] for side in (ours, theirs)))
    reached = mean(figures["mean_iou"] for figures in ours)
    assert least <= reached <= most


@pytest.mark.slow
def test_camvid_by_a_frozen_encoder(data: Path, tmp_path: Path) -> None:
    suite = SUITE.format(
        model=MODEL,
        weights=lite0(tmp_path),
        data=data,
        objective="{name: feature-extract, epochs: 30}",
        seeds=[*SEEDS],
        threads=THREADS,
    )
    for record in run_suite(suite, tmp_path):
        print(record.quality["test"])
        assert record.quality["test"]["mean_iou"] > 0.2
