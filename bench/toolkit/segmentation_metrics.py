"""Figures of segmentation, from the pixels of each class that are taken for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..api import Predictions, Targets
from ..errors import DataError
from .additive import Additive
from .geometry import IGNORED

if TYPE_CHECKING:
    from torch import Tensor


class SegmentationMetrics(Additive):
    """Figures of counts of pixels: `confusion`, int32 `[N, C, C]`, of each class by row taken for each.

    Pixels of no class do not count. A class that is neither there nor predicted has no intersection over
    union, and is left out of its mean, as in scikit-learn's `jaccard_score` and in torchmetrics.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Tensor]:
        """Return the counts of each image. Raises DataError for a mask that holds what is no class."""
        import torch

        predicted = predictions["classes"].long()
        mask = targets["mask"].to(predicted.device).long()
        counted = mask != IGNORED
        if strange := mask[counted & (mask >= self.classes)].tolist():
            raise DataError(f"a mask holds {strange[0]}, and there are {self.classes} classes, from 0 on")
        count, square = len(mask), self.classes**2
        image = torch.arange(count, device=mask.device).view(-1, 1, 1)
        pairs = (image * self.classes + mask) * self.classes + predicted
        found = pairs[counted].bincount(minlength=count * square)
        return {"confusion": found.view(count, self.classes, self.classes).int()}

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return both figures; none where no pixel counts."""
        confusion = sums["confusion"]
        if not confusion.any():
            return {}
        return {
            "mean_iou": float(np.nanmean(overlaps(confusion))),
            "pixel_accuracy": float(confusion.trace() / confusion.sum()),
        }


def overlaps(confusion: NDArray[Any]) -> NDArray[Any]:
    """Return the intersection over union of each class, `[C]`; NaN of one that is nowhere."""
    right, either = confusion.diagonal(), confusion.sum(axis=0) + confusion.sum(axis=1) - confusion.diagonal()
    shares: NDArray[Any] = np.divide(right, either, out=np.full(len(right), np.nan), where=either > 0)
    return shares
