"""Detection broken down by class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..api import Breakdown, Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ByClassOfBoxes(Breakdown):
    """Average precision and support of each class, of all its objects and by their size.

    Statistics are those of `DetectionMetrics`. What there are no objects of has no average precision. Boxes
    that are right about no object are of none, so none is taken for another: there is no confusion.
    """

    axis: ClassVar[str] = "class"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("ap", doc="average precision, mean over thresholds of IoU from 0.5 to 0.95", better="higher"),
        Figure("ap_50", doc="average precision at a threshold of 0.5", better="higher"),
        Figure("ap_small", doc="ap of objects of less than 32 x 32 pixels", better="higher"),
        Figure("ap_medium", doc="ap of objects between these sizes", better="higher"),
        Figure("ap_large", doc="ap of objects of more than 96 x 96 pixels", better="higher"),
        Figure("support", unit="objects", doc="how many objects there are of the class"),
    )

    def compute(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the figures."""
        from .detection_matching import ALL, LARGE, MEDIUM, SMALL
        from .detection_metrics import average_precisions

        precisions = average_precisions(statistics)
        sizes = {"ap": ALL, "ap_small": SMALL, "ap_medium": MEDIUM, "ap_large": LARGE}
        return {
            **{name: precisions[:, size].mean(axis=-1) for name, size in sizes.items()},
            "ap_50": precisions[:, ALL, 0],
            "support": statistics["objects"][:, :, ALL].sum(axis=0),
        }
