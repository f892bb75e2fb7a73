"""What authors of tasks reuse whose examples may be of several classes, or of none.

Inherit from `MultiLabel` and say how examples are prepared and inputs collated. The task's value is used when
planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import TYPE_CHECKING, Any, ClassVar, cast

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
    Sample,
    Task,
)
from .average_precision import average_precisions
from .label_counts import counts, f1

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .heads import NormalisedLinear

NONE = -1
"""Fills up the classes of examples that have fewer than others of their batch."""


class MultiLabel(Task):
    """Any number of classes: targets are `{"classes": [N, K]}`, predictions `{"logits": [N, C]}`.

    Where an example has fewer classes than others of its batch, -1 fills the place. Each class is a question
    of its own: a logit is that of the probability that an example is of it.
    """

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "mean_average_precision",
            doc="average precision, macro-averaged over classes that occur",
            better="higher",
        ),
        Figure("micro_f1", doc="F1 of all answers, whatever the class", better="higher"),
        Figure("macro_f1", doc="F1, macro-averaged over all classes", better="higher"),
        Figure(
            "subset_accuracy",
            doc="share of the examples of which all classes are right",
            better="higher",
            mean_of="exact",
        ),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "classes"

    threshold: float = Field(0.5, gt=0, lt=1, description="probability above which an example is of a class")
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout before the linear head")

    @property
    def cut(self) -> float:
        """The threshold as a logit."""
        return log(self.threshold / (1 - self.threshold))

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return dropout and a linear layer over the pooled features."""
        from .heads import LinearHead

        return LinearHead(encoder.spec.pooled, len(info.classes), self.dropout)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own classifier, cut to the data's classes; None if it does not know them."""
        from .heads import native_classifier

        return native_classifier(encoder, info.classes)

    def loss(self, head: nn.Module, features: Features, targets: Mapping[str, Tensor]) -> Tensor:
        """Return the mean binary cross-entropy over examples and classes."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        logits = head(features).float()
        return binary_cross_entropy_with_logits(logits, truth(targets["classes"], logits.shape[1]).float())

    def observations(
        self, head: NormalisedLinear, features: Features, targets: Mapping[str, Tensor]
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Return all that the head sees, each example an observation; targets have room for all classes."""
        from torch.nn.functional import pad

        classes = targets["classes"]
        room = head.linear.out_features - classes.shape[1]
        return head.seen(features), {"classes": pad(classes, (0, room), value=NONE)}

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the logits."""
        return {"logits": head(features)}

    def targets(self, example: Example) -> Mapping[str, np.ndarray]:
        """Return `classes`, int64 `[K]`; nothing of a new input."""
        import numpy as np

        return {} if example.target is None else {"classes": np.array(example.target, dtype=np.int64)}

    def collate_targets(self, samples: Sequence[Sample]) -> dict[str, Tensor]:
        """Return `classes`, int64 `[N, K]` with K the most of an example; nothing of new inputs."""
        from .ragged import stack_ragged

        each = [cast("NDArray[Any]", sample.targets["classes"]) for sample in samples if sample.targets]
        return {"classes": stack_ragged(each, NONE)[0]} if each else {}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the classes of each example, likeliest first, and the probability of every class."""
        rows = predictions["logits"].double().sigmoid().tolist()
        return [self._shown(dict(zip(info.classes, row, strict=True))) for row in rows]

    def _shown(self, probabilities: Mapping[str, float]) -> Mapping[str, Any]:
        ranked = sorted(probabilities, key=lambda name: -probabilities[name])
        above = [name for name in ranked if probabilities[name] > self.threshold]
        return {"classes": above, "probabilities": probabilities}

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return mean average precision, F1 in two ways, and subset accuracy."""
        return MultiLabelMetrics(self.cut)

    def breakdown(self, info: DatasetInfo) -> Breakdown:
        """Return average precision, F1, precision and recall of each class."""
        from .by_label import ByLabel

        return ByLabel(info.classes, self.cut)


def truth(classes: Tensor, count: int) -> Tensor:
    """Return which of so many classes examples are of, bool `[N, count]`, by their classes `[N, K]`."""
    import torch

    # What stands for no class gets a column of its own, which is cut off.
    hot = torch.zeros(len(classes), count + 1, dtype=torch.bool, device=classes.device)
    return hot.scatter_(1, classes % (count + 1), True)[:, :count]


class MultiLabelMetrics(Metrics):
    """Mean average precision, micro and macro F1, and subset accuracy, as scikit-learn has them.

    What is divided by nothing is 0 in F1. Average precision is undefined of a class that no example is of,
    and such are left out of its mean. `cut` is the logit above which an example is taken to be of a class.
    """

    def __init__(self, cut: float) -> None:
        self.cut = cut

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return logits and truth, `[N, C]` each, and whether all of an example is right, `[N]`."""
        logits = predictions["logits"].float()
        target = truth(targets["classes"], logits.shape[1]).to(logits.device)
        exact = ((logits > self.cut) == target).all(dim=1)
        return {"target": target, "logit": logits, "exact": exact}

    def compute(
        self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any] | None = None
    ) -> dict[str, float]:
        """Return the four figures; none of examples that all weigh nothing."""
        import numpy as np

        target, logit, exact = (statistics[name] for name in ("target", "logit", "exact"))
        weights = np.ones(len(target)) if weights is None else np.asarray(weights, np.float64)
        if not weights.any():
            return {}
        right, actual, predicted = counts(target, logit > self.cut, weights)
        found = {
            "micro_f1": f1(right.sum(), actual.sum() + predicted.sum()),
            "macro_f1": f1(right, actual + predicted).mean(),
            "subset_accuracy": np.average(exact, weights=weights),
        }
        precisions = average_precisions(target, logit, weights)
        if not np.isnan(precisions).all():
            found["mean_average_precision"] = np.nanmean(precisions)
        return {name: float(value) for name, value in found.items()}
