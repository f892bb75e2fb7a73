"""Figures of multi-label tasks broken down by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..api import Breakdown, Figure
from .average_precision import average_precisions
from .label_counts import counts, f1

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ByLabel(Breakdown):
    """Average precision, F1, precision, recall and support of each class, as scikit-learn has them.

    Statistics are `target` and `logit`, `[N, C]` each; `cut` is the logit above which an example is taken to
    be of a class. A class that no example is of, and none is taken for, has no figures but its support.
    Examples have several classes, so that none is taken for another: there is no confusion.
    """

    axis: ClassVar[str] = "class"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("f1", doc="harmonic mean of precision and recall", better="higher"),
        Figure("average_precision", doc="mean precision over the examples of the class", better="higher"),
        Figure("precision", doc="share right of the examples that are taken for the class", better="higher"),
        Figure("recall", doc="share right of the examples of the class", better="higher"),
        Figure("support", unit="examples", doc="how many examples are of the class"),
    )

    def __init__(self, parts: Sequence[str], cut: float) -> None:
        super().__init__(parts)
        self.cut = cut

    def compute(self, statistics: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the figures; what is divided by nothing is 0, as macro means count it."""
        import numpy as np

        target, logit = statistics["target"].astype(bool), statistics["logit"]
        weights = np.ones(len(target))
        right, actual, predicted = counts(target, logit > self.cut, weights)
        occurring = actual + predicted > 0
        shares = {
            "f1": f1(right, actual + predicted),
            "precision": right / np.maximum(predicted, 1),
            "recall": right / np.maximum(actual, 1),
        }
        return {
            **{name: np.where(occurring, values, np.nan) for name, values in shares.items()},
            "average_precision": average_precisions(target, logit, weights),
            "support": actual.astype(np.int64),
        }
