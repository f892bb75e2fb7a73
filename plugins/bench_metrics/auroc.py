"""Metric `auroc`: the area under the receiver operating characteristic (Fawcett 2006)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from bench import DatasetInfo, Figure, Metric, Metrics, Predictions, Task, hookimpl
from bench.toolkit.classification import Classification

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

MOST_CLASSES = 100
"""A number for each class is kept of each example: of a thousand classes that would be 4 kB."""


class Auroc(Metric):
    """Chance that an example of a class gets a higher probability of it than one of another."""

    name: ClassVar[str] = "auroc"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "auroc",
            doc="area under the ROC curve, ties count half; of two classes that of the second, of more the "
            "mean over the classes that occur, each against the rest; of up to 100 classes",
            better="higher",
        ),
    )

    def suits(self, task: Task, info: DatasetInfo) -> bool:
        """Tell whether the task is a classification with a moderate number of classes."""
        return isinstance(task, Classification) and 2 <= len(info.classes) <= MOST_CLASSES

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return the area for so many classes."""
        return RocArea(len(info.classes))


class RocArea(Metrics):
    """Ranks examples by their probability of a class, each class against the rest."""

    def __init__(self, classes: int) -> None:
        self.ranked = range(classes) if classes > 2 else (1,)  # two classes have one area in common

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return labels `[N]` and probabilities `[N, C]`; of two classes only the second's, `[N, 1]`."""
        probabilities = predictions["logits"].float().softmax(dim=1)
        return {"target": targets["label"], "score": probabilities[:, self.ranked[0] :]}

    def compute(
        self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any] | None = None
    ) -> dict[str, float]:
        """Return the mean area of the classes that occur; nothing if all examples are of one class."""
        import numpy as np

        target, scores = statistics["target"], statistics["score"]
        weights = np.ones(len(target)) if weights is None else weights
        areas = [area(scores[:, at], target == label, weights) for at, label in enumerate(self.ranked)]
        defined = [value for value in areas if value is not None]
        return {"auroc": float(np.mean(defined))} if defined else {}


def area(scores: NDArray[Any], positive: NDArray[Any], weights: NDArray[Any]) -> float | None:
    """Return the share of pairs, positive and negative, that are in order; None if there are no pairs."""
    import numpy as np

    _, place = np.unique(scores, return_inverse=True)
    positives = np.bincount(place, weights * positive)
    negatives = np.bincount(place, weights * ~positive)
    pairs = positives.sum() * negatives.sum()
    below = np.cumsum(negatives) - negatives / 2
    return float(positives @ below / pairs) if pairs else None


@hookimpl
def bench_metrics() -> Sequence[type[Metric]]:
    """Return the metric."""
    return [Auroc]
