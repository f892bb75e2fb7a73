"""Metric `calibration-error`: is a model as often right as it is sure to be? (Guo et al. 2017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from bench import DatasetInfo, Figure, Metric, Metrics, Predictions, Task, hookimpl
from bench.toolkit.classification import Classification

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

BINS = 15


class CalibrationError(Metric):
    """Expected calibration error: how far confidence and accuracy are apart."""

    name: ClassVar[str] = "calibration-error"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "calibration_error",
            doc="expected calibration error: how far the mean probability of the most probable class is from "
            f"the share right, in {BINS} bins of equal width, averaged by the number of examples in them",
            better="lower",
        ),
    )

    def suits(self, task: Task, info: DatasetInfo) -> bool:
        """Tell whether the task is a classification."""
        return isinstance(task, Classification)

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return the error."""
        return BinnedError()


class BinnedError(Metrics):
    """Compares mean confidence and accuracy bin by bin; the upper edge of a bin belongs to it."""

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return of logits `[N, C]` and labels `[N]` the highest probability, and whether it is right."""
        confidence, prediction = predictions["logits"].float().softmax(dim=1).max(dim=1)
        correct = prediction == targets["label"].to(prediction.device)
        return {"confidence": confidence, "correct": correct}

    def compute(
        self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any] | None = None
    ) -> dict[str, float]:
        """Return the error, between 0 and 1."""
        import numpy as np

        confidence = statistics["confidence"].astype(np.float64)
        weights = np.ones(len(confidence)) if weights is None else weights
        bins = np.ceil(confidence * BINS).astype(np.int64) - 1
        gaps = np.bincount(bins, weights * (confidence - statistics["correct"]))
        return {"calibration_error": float(np.abs(gaps).sum() / weights.sum())}


@hookimpl
def bench_metrics() -> Sequence[type[Metric]]:
    """Return the metric."""
    return [CalibrationError]
