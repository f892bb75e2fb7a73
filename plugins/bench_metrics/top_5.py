"""Metric `top-5`: is the class among the five most probable ones?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from bench import DatasetInfo, Figure, Metric, Metrics, Predictions, Task, hookimpl
from bench.toolkit.additive import Additive
from bench.toolkit.classification import Classification

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

BEST = 5


class Top5(Metric):
    """Share of examples whose class is among the five most probable."""

    name: ClassVar[str] = "top-5"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "top5_accuracy",
            doc="share of examples whose class is among the five most probable; of more than five classes",
            better="higher",
            mean_of="hit",
        ),
    )

    def suits(self, task: Task, info: DatasetInfo) -> bool:
        """Tell whether the task is a classification with more than five classes."""
        return isinstance(task, Classification) and len(info.classes) > BEST

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return the share."""
        return AmongBest()


class AmongBest(Additive):
    """Counts examples whose class is among the best; of equal classes the later one comes first."""

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return of logits `[N, C]` and labels `[N]` whether the label is among the five highest."""
        best = predictions["logits"].argsort(dim=1, stable=True)[:, -BEST:]
        return {"hit": (best == targets["label"].to(best.device)[:, None]).any(dim=1)}

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the share."""
        return {"top5_accuracy": float(sums["hit"]) / count}


@hookimpl
def bench_metrics() -> Sequence[type[Metric]]:
    """Return the metric."""
    return [Top5]
