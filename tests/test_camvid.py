"""Road scenes are segmented as well as by a plain script, with ImageNet's weights and without."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

from commandline import run_suite
from imagenet_lite import lite0
from rivals import SEEDS, THREADS, compare, rival
from scenes import EPOCHS, FINE_TUNE, SEGMENTATION, camvid


@pytest.mark.slow
@pytest.mark.parametrize(("trained", "least", "most"), [(True, 0.38, 1), (False, 0, 0.27)])
def test_camvid_is_learned_as_by_a_plain_script(
    trained: bool, least: float, most: float, shared_data: Path, tmp_path: Path
) -> None:
    weights = lite0(tmp_path) if trained else Path("none")
    data = camvid(shared_data, tmp_path)
    theirs, their_seconds = rival("plain_segmenter.py", weights, data, "--epochs", EPOCHS)
    suite = SEGMENTATION.format(
        weights=weights, data=data, objective=FINE_TUNE, seeds=[*SEEDS], threads=THREADS
    )
    records = run_suite(suite, tmp_path)
    ours = [record.quality["test"] for record in records]
    compare("seconds", [record.seconds for record in records], their_seconds)
    for name in ("pixel_accuracy", "mean_iou"):
        compare(name, *([figures[name] for figures in side] for side in (ours, theirs)))
    reached = mean(figures["mean_iou"] for figures in ours)
    assert least <= reached <= most


@pytest.mark.slow
def test_camvid_by_a_frozen_encoder(shared_data: Path, tmp_path: Path) -> None:
    suite = SEGMENTATION.format(
        weights=lite0(tmp_path),
        data=camvid(shared_data, tmp_path),
        objective="{name: feature-extract, epochs: 30}",
        seeds=[*SEEDS],
        threads=THREADS,
    )
    for record in run_suite(suite, tmp_path):
        print(record.quality["test"])
        assert record.quality["test"]["mean_iou"] > 0.2
