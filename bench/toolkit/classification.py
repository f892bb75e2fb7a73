"""What authors of classification tasks reuse: head, loss, predictions and metrics.

Inherit from `Classification` and say how examples are prepared and collated. The task's value is used
when planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from ..api import DatasetInfo, Encoder, Features, Metrics, Predictions, Primary, Task

if TYPE_CHECKING:
    from torch import Tensor, nn


class Classification(Task):
    """One class of several: targets are `{"label": [N]}`, predictions `{"logits": [N, C]}`."""

    primary: ClassVar[Primary] = Primary("accuracy")
    requires: ClassVar[tuple[str, ...]] = ("torchmetrics.classification",)

    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of the target spread over all classes")
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout before the linear head")

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return dropout and a linear layer over the pooled features."""
        from .heads import LinearHead

        return LinearHead(encoder.spec.pooled, len(info.classes), self.dropout)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own classifier, cut to the data's classes; None if it does not know them."""
        from .heads import native_classifier

        return native_classifier(encoder, info.classes)

    def loss(self, head: nn.Module, features: Features, targets: Mapping[str, Tensor]) -> Tensor:
        """Return the mean cross-entropy."""
        from torch.nn.functional import cross_entropy

        return cross_entropy(head(features).float(), targets["label"], label_smoothing=self.label_smoothing)

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the logits."""
        return {"logits": head(features)}

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return a collector of accuracy and macro-averaged precision, recall and F1."""
        return ClassificationMetrics(len(info.classes))


class ClassificationMetrics:
    """Accuracy, macro precision, recall and F1 (torchmetrics); an example scores 1 if right, else 0.

    Macro means run over the classes that occur among targets or predictions, as in scikit-learn.
    """

    def __init__(self, classes: int) -> None:
        from torchmetrics.classification import (
            MulticlassAccuracy,
            MulticlassF1Score,
            MulticlassPrecision,
            MulticlassRecall,
        )

        macro: dict[str, Any] = {"num_classes": classes, "average": "macro", "validate_args": False}
        self._metrics = {
            "accuracy": MulticlassAccuracy(classes, average="micro", validate_args=False),
            "precision": MulticlassPrecision(**macro),
            "recall": MulticlassRecall(**macro),
            "f1": MulticlassF1Score(**macro),
        }

    def update(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Sequence[float]:
        """Take in logits `[N, C]` and labels `[N]`; return 1 or 0 for each example."""
        classes = predictions["logits"].argmax(dim=1).cpu()
        labels = targets["label"].cpu()
        for metric in self._metrics.values():
            metric.update(classes, labels)
        scores: list[float] = (classes == labels).float().tolist()
        return scores

    def compute(self) -> dict[str, float]:
        """Return the four metrics, each between 0 and 1, to the seven digits that torchmetrics computes."""
        return {name: round(float(metric.compute()), 7) for name, metric in self._metrics.items()}
