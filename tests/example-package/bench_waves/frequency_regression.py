"""Task `frequency-regression`: of which frequency is a series?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from bench import (
    Batch,
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
    hookimpl,
)
from bench.toolkit.additive import Additive

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn


class FrequencyRegression(Task):
    """A frequency for each series, learnt and judged in octaves, as pitch is heard."""

    name: ClassVar[str] = "frequency-regression"
    modality: ClassVar[str] = "series"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("mae", "octaves", "mean absolute error", "lower", mean_of="error"),
        Figure("rmse", "octaves", "root mean squared error", "lower"),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "number"

    reference: float = Field(
        5.66, gt=0, description="frequency that counts as octave 0; best the middle of the data"
    )
    loudness: float = Field(
        1.0, ge=1, description="in training, series are made louder or softer by up to this factor"
    )

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's arrays, and `octave`, how many the frequency is above the reference."""
        import numpy as np

        octave = np.log2(example.target / self.reference)
        return Sample(processor(example.input), {"octave": np.array(octave, dtype=np.float32)})

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return series `[N, L]` and octaves `[N]`."""
        return Batch(
            inputs=_stack([sample.inputs for sample in samples]),
            targets=_stack([sample.targets for sample in samples]),
            indices=range(len(samples)),
        )

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch with each series at another loudness; that leaves its frequency as it is."""
        import torch

        series = batch.inputs["series"]
        exponents = 2 * torch.rand(len(series), 1, generator=generator) - 1
        return replace(batch, inputs={"series": series * (self.loudness**exponents).to(series.device)})

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return a linear layer over the pooled features, to one number."""
        from bench.toolkit.heads import LinearHead

        return LinearHead(encoder.spec.pooled, 1)

    def loss(self, head: nn.Module, features: Features, targets: Mapping[str, Tensor]) -> Tensor:
        """Return the mean squared error in octaves."""
        from torch.nn.functional import mse_loss

        return mse_loss(head(features).squeeze(1).float(), targets["octave"])

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the octaves `[N]`."""
        return {"octave": head(features).squeeze(1)}

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return the errors in octaves."""
        return OctaveErrors()


class OctaveErrors(Additive):
    """Mean absolute and root mean squared error in octaves."""

    def statistics(self, predictions: Predictions, targets: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return the absolute error and its square, `[N]` each."""
        error = (predictions["octave"].float() - targets["octave"]).abs()
        return {"error": error, "squared_error": error**2}

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return `mae` and `rmse`, in octaves."""
        return {
            "mae": float(sums["error"]) / count,
            "rmse": (float(sums["squared_error"]) / count) ** 0.5,
        }


def _stack(items: Sequence[Mapping[str, object]]) -> dict[str, Tensor]:
    import numpy as np
    import torch

    return {name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0]}


@hookimpl
def bench_tasks() -> list[type[Task]]:
    """Bring the task."""
    return [FrequencyRegression]
