"""Segmentation broken down by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..api import Breakdown, Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ByClassOfPixels(Breakdown):
    """Intersection over union, precision, recall and support of each class, in pixels.

    The statistic is `confusion`, `[N, C, C]`. A class that is nowhere has no figures but its support.
    """

    axis: ClassVar[str] = "class"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("iou", doc="intersection over union of the class's pixels", better="higher"),
        Figure("precision", doc="share right of the pixels that are taken for the class", better="higher"),
        Figure("recall", doc="share right of the pixels of the class", better="higher"),
        Figure("support", unit="pixels", doc="how many pixels are of the class"),
    )

    def compute(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the figures; what is divided by nothing is 0 where the class occurs."""
        import numpy as np

        from .segmentation_metrics import overlaps

        counts = self.confusion(statistics)
        right, actual, predicted = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
        shares = {"precision": right / np.maximum(predicted, 1), "recall": right / np.maximum(actual, 1)}
        return {
            "iou": overlaps(counts),
            **{name: np.where(actual + predicted > 0, share, np.nan) for name, share in shares.items()},
            "support": actual,
        }

    def confusion(self, statistics: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Return how many pixels of each class were taken for each."""
        import numpy as np

        counts: NDArray[Any] = statistics["confusion"].sum(axis=0, dtype=np.int64)
        return counts
