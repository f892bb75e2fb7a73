"""Classification broken down by class: precision, recall and F1 of each, and which is taken for which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ..api import Breakdown, Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ByClass(Breakdown):
    """F1, precision, recall and support of each class, as scikit-learn's `classification_report` has them.

    Statistics are `target` and `prediction`, the numbers of classes, `[N]` each. A class that is neither
    among targets nor among predictions has no figures but its support.
    """

    axis: ClassVar[str] = "class"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("f1", doc="harmonic mean of precision and recall", better="higher"),
        Figure("precision", doc="share right of the examples that are taken for the class", better="higher"),
        Figure("recall", doc="share right of the examples of the class", better="higher"),
        Figure("support", unit="examples", doc="how many examples are of the class"),
    )

    def compute(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the figures; what is divided by nothing is 0, as macro means count it."""
        import numpy as np

        target, prediction, count = statistics["target"], statistics["prediction"], len(self.parts)
        right, actual, predicted = (
            np.bincount(classes, minlength=count)
            for classes in (target[target == prediction], target, prediction)
        )
        shares = {
            "f1": (2 * right, actual + predicted),
            "precision": (right, predicted),
            "recall": (right, actual),
        }
        figures = {
            name: np.where(actual + predicted > 0, parts / np.maximum(wholes, 1), np.nan)
            for name, (parts, wholes) in shares.items()
        }
        return {**figures, "support": actual}

    def confusions(self, statistics: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Return how many examples of a class were taken for another or itself, of each pair that occurs."""
        import numpy as np

        count = len(self.parts)
        pairs = statistics["target"].astype(np.int64) * count + statistics["prediction"]
        occurring, counts = np.unique(pairs, return_counts=True)
        return np.stack([occurring // count, occurring % count, counts], axis=1)
