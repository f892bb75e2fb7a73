"""Average precision is that of pycocotools, from what is kept of each image."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from bench.toolkit.by_class_of_boxes import ByClassOfBoxes
from bench.toolkit.detection_metrics import DetectionMetrics

CLASSES = 3
MOST = 12
SCALE = 4.0
"""Prepared images have half the height and width."""

NAMES = ("map", "map_50", "map_75", "map_small", "map_medium", "map_large")


def drawn(seed: int, images: int = 6) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Objects of all sizes, some of them crowds, and boxes that are found: near, far, of the wrong class."""
    random = np.random.default_rng(seed)
    truth, found = [], []
    for _ in range(images):
        count = int(random.integers(0, 6))
        sides = random.choice([8, 20, 40, 90], (count, 2)) * random.uniform(0.7, 1.3, (count, 2))
        start = random.uniform(0, 100, (count, 2))
        boxes = np.concatenate([start, start + sides], axis=1)
        labels = random.integers(0, CLASSES, count)
        truth.append((boxes, labels, random.random(count) < 0.15))
        near = np.repeat(boxes, 2, axis=0) + random.normal(0, 2.5, (2 * count, 4))
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        told = np.where(
            random.random(2 * count) < 0.8, np.repeat(labels, 2), random.integers(0, CLASSES, 2 * count)
        )
        found.append((near[:MOST], told[:MOST], random.random(2 * count)[:MOST]))
    return _targets(truth), _predictions(found)


def _targets(truth: list[Any]) -> dict[str, torch.Tensor]:
    most = max(len(labels) for _, labels, _ in truth)
    targets = {
        "boxes": torch.zeros(len(truth), most, 4),
        "labels": torch.full((len(truth), most), -1),
        "crowd": torch.zeros(len(truth), most, dtype=torch.bool),
        "area": torch.zeros(len(truth), most),
        "scale": torch.full((len(truth),), SCALE),
    }
    for at, (boxes, labels, crowd) in enumerate(truth):
        count = len(labels)
        targets["boxes"][at, :count] = torch.from_numpy(boxes).float()
        targets["labels"][at, :count] = torch.from_numpy(labels)
        targets["crowd"][at, :count] = torch.from_numpy(crowd)
        targets["area"][at, :count] = torch.from_numpy(
            SCALE * (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        ).float()
    return targets


def _predictions(found: list[Any]) -> dict[str, torch.Tensor]:
    predictions = {
        "boxes": torch.zeros(len(found), MOST, 4),
        "scores": torch.zeros(len(found), MOST),
        "labels": torch.full((len(found), MOST), -1),
    }
    for at, (boxes, labels, scores) in enumerate(found):
        order = np.argsort(-scores)
        count = len(scores)
        predictions["boxes"][at, :count] = torch.from_numpy(boxes[order]).float()
        predictions["scores"][at, :count] = torch.from_numpy(scores[order]).float()
        predictions["labels"][at, :count] = torch.from_numpy(labels[order])
    return predictions


def theirs(targets: dict[str, torch.Tensor], predictions: dict[str, torch.Tensor]) -> COCOeval:
    """What pycocotools makes of the same, in pixels of the images themselves."""

    def listed(boxes: torch.Tensor) -> list[list[float]]:
        own = boxes.double() * SCALE**0.5
        return torch.cat([own[:, :2], own[:, 2:] - own[:, :2]], dim=1).tolist()

    images, annotations, results = [], [], []
    for at in range(len(targets["labels"])):
        images.append({"id": at + 1})
        for box, label, crowd, area in zip(
            listed(targets["boxes"][at]),
            targets["labels"][at].tolist(),
            targets["crowd"][at].tolist(),
            targets["area"][at].tolist(),
            strict=True,
        ):
            if label >= 0:
                number = len(annotations) + 1
                about = {"id": number, "image_id": at + 1, "category_id": label, "bbox": box}
                annotations.append({**about, "iscrowd": int(crowd), "area": area})
        for box, label, score in zip(
            listed(predictions["boxes"][at]),
            predictions["labels"][at].tolist(),
            predictions["scores"][at].tolist(),
            strict=True,
        ):
            if label >= 0:
                results.append({"image_id": at + 1, "category_id": label, "bbox": box, "score": score})
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": images,
            "annotations": annotations,
            "categories": [{"id": label} for label in range(CLASSES)],
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def kept(targets: dict[str, torch.Tensor], predictions: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    found = DetectionMetrics(CLASSES).statistics(predictions, targets)
    return {name: values.numpy() for name, values in found.items()}


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 100_000))
def test_figures_are_those_of_pycocotools(seed: int) -> None:
    targets, predictions = drawn(seed)
    if not (predictions["labels"] >= 0).any():
        return
    evaluation = theirs(targets, predictions)
    figures = DetectionMetrics(CLASSES).compute(kept(targets, predictions))
    expected = dict(zip(NAMES, evaluation.stats[:6], strict=True))
    assert figures == pytest.approx({name: value for name, value in expected.items() if value > -1}, abs=1e-6)


def test_classes_are_those_of_pycocotools() -> None:
    targets, predictions = drawn(7, images=20)
    precision = theirs(targets, predictions).eval["precision"][..., -1]  # threshold, recall, class, size
    figures = ByClassOfBoxes(("a", "b", "c")).compute(kept(targets, predictions))
    for label in range(CLASSES):
        for size, name in enumerate(("ap", "ap_small", "ap_medium", "ap_large")):
            expected = precision[:, :, label, size].mean()
            expected = np.nan if expected == -1 else expected  # there are no such objects
            assert figures[name][label] == pytest.approx(expected, abs=1e-6, nan_ok=True)
        assert figures["ap_50"][label] == pytest.approx(precision[0, :, label, 0].mean(), abs=1e-6)
    counted = targets["labels"][(targets["labels"] >= 0) & ~targets["crowd"]]
    assert figures["support"].tolist() == counted.bincount(minlength=CLASSES).tolist()


def test_images_count_as_often_as_they_weigh() -> None:
    targets, predictions = drawn(3, images=8)
    metrics, statistics = DetectionMetrics(CLASSES), kept(targets, predictions)
    weights = np.array([0, 2, 1, 1, 3, 1, 0, 2])
    repeated = {name: np.repeat(values, weights, axis=0) for name, values in statistics.items()}
    assert metrics.compute(statistics, weights) == pytest.approx(metrics.compute(repeated))
    assert metrics.compute(statistics, np.ones(8)) == metrics.compute(statistics)
    assert metrics.compute(statistics, np.zeros(8)) == {}


def test_perfect_boxes_and_none_at_all() -> None:
    targets, _ = drawn(11)
    targets["crowd"][:] = False
    perfect = {
        "boxes": targets["boxes"],
        "scores": (targets["labels"] >= 0).float() * 0.9,
        "labels": targets["labels"],
    }
    assert DetectionMetrics(CLASSES).compute(kept(targets, perfect))["map"] == pytest.approx(1)
    nothing = {
        **perfect,
        "scores": torch.zeros_like(perfect["scores"]),
        "labels": torch.full_like(perfect["labels"], -1),
    }
    assert DetectionMetrics(CLASSES).compute(kept(targets, nothing))["map"] == 0
