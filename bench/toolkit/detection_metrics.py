"""Average precision of detection, from what is kept of each image (Lin et al. 2014, Microsoft COCO)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..api import Metrics, Predictions, Targets
from .detection_matching import ALL, LARGE, MEDIUM, SIZES, SMALL, THRESHOLDS, Marked, match

Array = NDArray[Any]

RECALLS: Array = np.linspace(0, 1, 101)
"""The recalls at which precision is read."""

NONE = -1

TINY = float(np.spacing(1))


class DetectionMetrics(Metrics):
    """Mean average precision, as pycocotools computes it of at most 100 boxes an image.

    Statistics of an image with K boxes: `score` and `label`, -1 where there is no box, `[N, K]`; `matched`
    and `ignored`, int16 `[N, K, 4]`: a bit for each threshold, by range of size; and `objects`, how many
    there are to be found, `[N, C, 4]`. Precision over all images is made of these.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Any]:
        """Return what is found and missed in each image."""
        import torch

        found = {name: predictions[name].detach().cpu().numpy() for name in ("boxes", "scores", "labels")}
        truth = {name: targets[name].cpu().numpy() for name in ("boxes", "labels", "crowd", "area", "scale")}
        images = [
            self._image(*(values[at] for values in (*found.values(), *truth.values())))
            for at in range(len(found["boxes"]))
        ]
        names = ("score", "label", "matched", "ignored", "objects")
        return {
            name: torch.from_numpy(np.stack(parts))
            for name, parts in zip(names, zip(*images, strict=True), strict=True)
        }

    def _image(
        self,
        boxes: Array,
        scores: Array,
        labels: Array,
        edges: Array,
        classes: Array,
        crowd: Array,
        area: Array,
        scale: Array,
    ) -> tuple[Array, ...]:
        matched, ignored = np.zeros((2, len(boxes), len(SIZES)), np.int16)
        objects = np.zeros((self.classes, len(SIZES)), np.int32)
        found_area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) * scale
        order = np.argsort(-scores, kind="stable")
        for label in np.union1d(labels, classes[classes >= 0]):
            if label == NONE:
                continue
            own, marked = order[labels[order] == label], classes == label
            result = match(boxes[own], found_area[own], Marked(edges[marked], area[marked], crowd[marked]))
            matched[own], ignored[own] = _bits(result.matched), _bits(result.ignored)
            objects[label] = result.objects
        return scores.astype(np.float32), labels.astype(np.int16), matched, ignored, objects

    def compute(self, statistics: Mapping[str, Array], weights: Array | None = None) -> dict[str, float]:
        """Return mean average precision of all objects and by their size; none where there are no objects."""
        precisions = average_precisions(statistics, weights)
        figures = {
            "map": precisions[:, ALL],
            "map_50": precisions[:, ALL, 0],
            "map_75": precisions[:, ALL, 5],
            "map_small": precisions[:, SMALL],
            "map_medium": precisions[:, MEDIUM],
            "map_large": precisions[:, LARGE],
        }
        return {
            name: float(np.nanmean(values)) for name, values in figures.items() if not np.isnan(values).all()
        }


def _bits(flags: Array) -> Array:
    """Return flags `[D, 4, 10]` as numbers `[D, 4]`, a bit for each threshold."""
    bits: Array = (flags << np.arange(len(THRESHOLDS))).sum(axis=-1).astype(np.int16)
    return bits


def average_precisions(statistics: Mapping[str, Array], weights: Array | None = None) -> Array:
    """Return average precision by class, range of size and threshold, `[C, 4, 10]`; NaN without objects.

    Each image counts as often as its weight says, once by default.
    """
    objects = statistics["objects"]
    weights = np.ones(len(objects)) if weights is None else np.asarray(weights, np.float64)
    count = np.tensordot(weights, objects, axes=1)
    found = np.full((*count.shape, len(THRESHOLDS)), np.nan)
    for label, detections in _by_class(statistics, weights):
        for size in np.flatnonzero(count[label] > 0).tolist():
            found[label, size] = detections.precision(size, count[label, size])
    found[count == 0] = np.nan
    return found


class _Detections:
    """The boxes of a class in all images, the surest first, with the weights of their images."""

    def __init__(self, matched: Array, ignored: Array, weights: Array) -> None:
        self.matched = matched
        self.ignored = ignored
        self.weights = weights

    def precision(self, size: int, objects: float) -> Array:
        """Return the average precision at each threshold, `[10]`."""
        bits = 1 << np.arange(len(THRESHOLDS))
        matched = (self.matched[:, size, None] & bits) > 0
        counts = (self.ignored[:, size, None] & bits) == 0
        right = np.cumsum((matched & counts) * self.weights[:, None], axis=0)
        wrong = np.cumsum((~matched & counts) * self.weights[:, None], axis=0)
        recall, precision = right / objects, right / (right + wrong + TINY)
        # What a lower score would still reach counts for the higher ones, too.
        best = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
        return np.array([_mean(*columns) for columns in zip(recall.T, best.T, strict=True)])


def _mean(recall: Array, precision: Array) -> float:
    """Return the mean of precision `[D]` at 101 recalls; 0 for those that are never reached."""
    at = np.searchsorted(recall, RECALLS, side="left")
    reached = at < len(recall)
    return float(precision[at[reached]].sum() / len(RECALLS))


def _by_class(statistics: Mapping[str, Array], weights: Array) -> Iterator[tuple[int, _Detections]]:
    """Give each class with the boxes that were found of it."""
    labels, scores = statistics["label"].ravel(), statistics["score"].ravel()
    image = np.repeat(np.arange(len(weights)), statistics["label"].shape[1])
    matched, ignored = (statistics[name].reshape(len(labels), -1) for name in ("matched", "ignored"))
    order = np.argsort(-scores, kind="stable")
    for label in range(statistics["objects"].shape[1]):
        own = order[labels[order] == label]
        yield label, _Detections(matched[own], ignored[own], weights[image[own]])
