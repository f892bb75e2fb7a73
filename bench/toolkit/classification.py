"""What authors of classification tasks reuse: head, loss, predictions and metrics.

Inherit from `Classification` and say how examples are prepared and collated. The task's value is used
when planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from ..api import (
    Breakdown,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    Figure,
    Metrics,
    Predictions,
    Processor,
    Task,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .heads import NormalisedLinear

LANES = 8
ROWS = 4
DIGITS = 7
"""How many digits float32 has."""


class Classification(Task):
    """One class of several: targets are `{"label": [N]}`, predictions `{"logits": [N, C]}`."""

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "accuracy",
            doc="share of the examples that are classified right",
            better="higher",
            mean_of="correct",
        ),
        Figure("precision", doc="precision, macro-averaged over classes", better="higher"),
        Figure("recall", doc="recall, macro-averaged over classes", better="higher"),
        Figure("f1", doc="F1, macro-averaged over classes", better="higher"),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "class"

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

    def observations(
        self, head: NormalisedLinear, features: Features, targets: Mapping[str, Tensor]
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Return all that the head sees: each example is an observation."""
        return head.seen(features), targets

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the logits."""
        return {"logits": head(features)}

    def targets(self, example: Example) -> Mapping[str, np.ndarray]:
        """Return `label`, an int64 scalar; nothing of a new input."""
        import numpy as np

        return {} if example.target is None else {"label": np.array(example.target, dtype=np.int64)}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the likeliest class of each example, and its probability."""
        probabilities, classes = predictions["logits"].double().softmax(dim=1).max(dim=1)
        pairs = zip(classes.tolist(), probabilities.tolist(), strict=True)
        return [{"class": info.classes[at], "probability": probability} for at, probability in pairs]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return accuracy and macro-averaged precision, recall and F1."""
        return ClassificationMetrics(len(info.classes))

    def breakdown(self, info: DatasetInfo) -> Breakdown:
        """Return precision, recall and F1 of each class, and which is taken for which."""
        from .by_class import ByClass

        return ByClass(info.classes)


class ClassificationMetrics(Metrics):
    """Accuracy, macro precision, recall and F1, each between 0 and 1, rounded to seven digits.

    Macro means run over the classes that occur among targets or predictions, as in scikit-learn. Arithmetic
    is in float32 and in the order of torchmetrics, so that figures are equal to its own to the last digit.
    """

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return, for logits `[N, C]` and labels `[N]`, both classes and whether they agree, `[N]` each."""
        prediction = predictions["logits"].argmax(dim=1)
        target = targets["label"].to(prediction.device)
        return {"target": target, "prediction": prediction, "correct": prediction == target}

    def compute(
        self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any] | None = None
    ) -> dict[str, float]:
        """Return the four metrics; none of examples that all weigh nothing."""
        import numpy as np

        target, prediction, correct = (statistics[name] for name in ("target", "prediction", "correct"))
        weights = np.ones(len(target)) if weights is None else weights
        if not weights.any():
            return {}
        right = np.bincount(target, weights * correct, self.classes)
        actual = np.bincount(target, weights, self.classes)
        predicted = np.bincount(prediction, weights, self.classes)
        occurring = actual + predicted > 0
        accuracy = _ratios(right.sum(keepdims=True), weights.sum(keepdims=True))
        return {
            "accuracy": _rounded(accuracy[0]),
            "precision": _macro(_ratios(right, predicted), occurring),
            "recall": _macro(_ratios(right, actual), occurring),
            "f1": _macro(_ratios(2 * right, actual + predicted), occurring),
        }


def _ratios(parts: NDArray[Any], wholes: NDArray[Any]) -> NDArray[Any]:
    """Return the share of each part in its whole in float32, 0 where the whole is 0."""
    import numpy as np

    zeros = np.zeros(len(parts), np.float32)
    return np.divide(parts.astype(np.float32), wholes.astype(np.float32), out=zeros, where=wholes > 0)


def _macro(values: NDArray[Any], occurring: NDArray[Any]) -> float:
    """Return the mean over the classes that occur; the value of any other is 0."""
    import numpy as np

    return _rounded(_sum(values / np.float32(occurring.sum())))


def _sum(values: NDArray[Any]) -> np.float32:
    """Add as torch does on CPUs, which decides the last digit: eight lanes side by side, then the rest."""
    import numpy as np

    whole = len(values) // LANES * LANES
    if not whole:
        return np.float32(_sum_of_rows(values[:, None])[0])
    lanes = _sum_of_rows(values[:whole].reshape(-1, LANES))
    return reduce(np.add, [*values[whole:], *lanes], np.float32(0))


def _sum_of_rows(rows: NDArray[Any]) -> NDArray[Any]:
    """Add rows `[R, L]` to `[L]`: in turn to one of four sums, what is left over to the first."""
    import numpy as np

    whole = len(rows) // ROWS * ROWS
    zeros = np.zeros((ROWS, rows.shape[1]), np.float32)
    sums = reduce(np.add, rows[:whole].reshape(-1, *zeros.shape), zeros)
    first = reduce(np.add, rows[whole:], sums[0])
    return reduce(np.add, sums[1:], first)


def _rounded(value: np.float32) -> float:
    return round(float(value), DIGITS)
