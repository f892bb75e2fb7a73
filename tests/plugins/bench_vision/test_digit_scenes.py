"""Masks and boxes of made-up scenes mark the same digits; both tasks run on them from end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bench
from bench_vision.digit_scenes import DigitScenes
from bench_vision.object_detection import ObjectDetection
from bench_vision.semantic_segmentation import SemanticSegmentation
from commandline import run_suite

SUITE = """
defaults: {{batch_size: 8, precision: fp32, threads: 1}}
limits: {{train_examples: 32, val_examples: 8, test_examples: 16, steps: 6}}
matrix:
  backbone:
    - {{name: timm/resnet10t, weights: none, image_size: [48, 72], fit: stretch}}
    - {{name: cifar/resnet20, weights: none, image_size: [24, 36], fit: contain}}
  objective: {objective}
  dataset: {{name: digit-scenes, task: {{name: {task}, augmentation: [flip, shift, crop]}}}}
"""


def served(task: bench.Task) -> DigitScenes:
    return DigitScenes(task=task.name).serving(task)


def test_masks_and_boxes_are_of_the_same_digits() -> None:
    masks, boxes = served(SemanticSegmentation()), served(ObjectDetection())
    assert masks.info().classes == ("ground", *boxes.info().classes)
    assert masks.identity() != boxes.identity()
    for marked, boxed in zip(masks.load("val")[:20], boxes.load("val")[:20], strict=True):
        assert marked.input.tobytes() == boxed.input.tobytes()
        mask = np.asarray(marked.target)
        covered = np.zeros_like(mask)
        for box in boxed.target:
            inside = mask[box.top : box.bottom, box.left : box.right]
            assert set(np.unique(inside)) == {0, box.label + 1}
            assert inside[0].any()
            assert inside[:, -1].any()
            covered[box.top : box.bottom, box.left : box.right] = 1
        assert not mask[covered == 0].any()


@pytest.mark.parametrize("objective", ["{name: fine-tune, epochs: 2}", "{name: feature-extract, epochs: 2}"])
@pytest.mark.parametrize(
    ("task", "figure"), [("semantic-segmentation", "mean_iou"), ("object-detection", "map")]
)
def test_a_suite_runs_from_end_to_end(objective: str, task: str, figure: str, tmp_path: Path) -> None:
    for record in run_suite(SUITE.format(objective=objective, task=task), tmp_path):
        assert record.status == "done"
        assert 0 <= record.quality["test"][figure] <= 1
