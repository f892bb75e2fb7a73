"""What authors of metrics reuse: figures that are functions of sums over examples, as nearly all are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..api import Metrics, Predictions, Targets

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Additive(Metrics, ABC):
    """Metrics that add up what each example contributes: say what that is, and what the sums amount to."""

    @abstractmethod
    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Any]:
        """Return what each of N examples contributes: named tensors `[N, ...]`; texts are only kept."""

    @abstractmethod
    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the figures of `count` examples; `sums` are those of their statistics, `[...]` each."""

    def compute(
        self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any] | None = None
    ) -> dict[str, float]:
        """Return the figures of examples with these statistics, each counted as often as its weight says."""
        import numpy as np

        count = len(next(iter(statistics.values())))
        weights = np.ones(count) if weights is None else np.asarray(weights, np.float64)
        sums = {
            name: (values.T * weights).sum(axis=-1).T
            for name, values in statistics.items()
            if not values.dtype.hasobject
        }
        return self.of_sums(sums, float(weights.sum()))
