"""What authors of regression tasks reuse: head, loss, predictions and metrics.

Inherit from `Regression` and say how examples are prepared and collated. The task's value is used when
planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from ..api import DatasetInfo, Encoder, Example, Features, Figure, Metrics, Predictions, Processor, Task
from .correlation import pearson, spearman

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .number_heads import NumberHead

R2 = Figure("r2", doc="share of the variance that is explained", better="higher")
PEARSON = Figure("pearson", doc="correlation of prediction and target", better="higher")
SPEARMAN = Figure("spearman", doc="correlation of their ranks; ties share a rank", better="higher")
MSE = Figure("mse", doc="mean squared error", better="lower", mean_of="squared_error")
MAE = Figure("mae", doc="mean absolute error", better="lower", mean_of="absolute_error")


class Regression(Task):
    """A number for each example: targets are `{"number": [N]}`, predictions `{"number": [N]}`.

    The head is a `NumberHead`: it learns numbers in units of what train holds, by the mean squared error.
    """

    figures: ClassVar[tuple[Figure, ...]] = (R2, PEARSON, SPEARMAN, MSE, MAE)
    primary: ClassVar[Figure] = R2
    target: ClassVar[str | None] = "number"
    by_class: ClassVar[bool] = False

    dropout: float = Field(0.0, ge=0, lt=1, description="dropout before the linear head")

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return dropout and a linear layer over the pooled features, for standardised numbers."""
        from .number_heads import LinearNumberHead

        return LinearNumberHead(encoder.spec.pooled, self.dropout)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own classifier if it gives a single number; None if there is none."""
        from .number_heads import NumberHead

        built = (part.build() for part in encoder.native if part.role == "classifier" and part.outputs == 1)
        body = next(built, None)
        return None if body is None else NumberHead(body)

    def loss(self, head: nn.Module, features: Features, targets: Mapping[str, Tensor]) -> Tensor:
        """Return the mean squared error in the head's units."""
        from torch.nn.functional import mse_loss

        own = cast("NumberHead", head)
        return mse_loss(own(features), own.in_units(targets["number"]))

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the numbers, float32 `[N]`."""
        own = cast("NumberHead", head)
        return {"number": own.in_numbers(own(features))}

    def targets(self, example: Example) -> Mapping[str, np.ndarray]:
        """Return `number`, a float32 scalar, as not every device has float64; nothing of a new input."""
        import numpy as np

        return {} if example.target is None else {"number": np.array(example.target, dtype=np.float32)}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the number of each example."""
        return [{"number": number} for number in predictions["number"].tolist()]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return correlations and errors."""
        return RegressionMetrics()


class RegressionMetrics(Metrics):
    """R2, Pearson's and Spearman's correlation, mean squared and mean absolute error.

    A correlation with something constant is undefined, and so is R2 where all targets are equal.
    """

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return both numbers, and the error without its sign and squared, `[N]` each."""
        prediction, target = predictions["number"].cpu(), targets["number"].cpu()
        error = (prediction.double() - target.double()).abs()
        return {
            "prediction": prediction,
            "target": target,
            "absolute_error": error,
            "squared_error": error**2,
        }

    def compute(
        self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any] | None = None
    ) -> dict[str, float]:
        """Return the five figures; none of examples that all weigh nothing."""
        import numpy as np

        prediction, target = (statistics[name].astype(np.float64) for name in ("prediction", "target"))
        weights = np.ones(len(target)) if weights is None else np.asarray(weights, np.float64)
        if not weights.any():
            return {}
        mse = float(np.average(statistics["squared_error"], weights=weights))
        found = {
            "r2": _explained(target, weights, mse),
            "pearson": pearson(prediction, target, weights),
            "spearman": spearman(prediction, target, weights),
            "mse": mse,
            "mae": float(np.average(statistics["absolute_error"], weights=weights)),
        }
        return {name: value for name, value in found.items() if value is not None}


def _explained(target: NDArray[Any], weights: NDArray[Any], mse: float) -> float | None:
    import numpy as np

    mean = np.average(target, weights=weights)
    variance = float(np.average((target - mean) ** 2, weights=weights))
    counted = target[weights > 0]
    return None if (counted == counted[0]).all() or not variance else 1 - mse / variance
