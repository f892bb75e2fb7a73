"""The task `plain-text`: texts without labels, for objectives that learn from the text itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NoReturn

import bench

if TYPE_CHECKING:
    from torch import Tensor, nn


class PlainText(bench.Task):
    """Nothing is asked about the texts; targets are `{"document": [N]}`, which document each is from."""

    name: ClassVar[str] = "plain-text"
    modality: ClassVar[str] = "text"
    target: ClassVar[str | None] = None
    figures: ClassVar[tuple[bench.Figure, ...]] = ()
    # Never reported: an objective that needs no labels ranks by a figure of its own.
    primary: ClassVar[bench.Figure] = bench.Figure("loss", "nats", better="lower")

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        """Return the tokens and the number of the document."""
        import numpy as np

        return bench.Sample(processor(example.input), {"document": np.array(example.target, dtype=np.int64)})

    def collate(self, samples: Sequence[bench.Sample]) -> bench.Batch:
        """Return inputs `ids` and `mask` (and `types`), `[N, L]` with L the longest, and documents `[N]`."""
        import torch

        from bench.toolkit.texts import collate_tokens

        documents = torch.tensor([int(sample.targets["document"]) for sample in samples])
        return bench.Batch(collate_tokens(samples), {"document": documents}, range(len(samples)))

    def head(self, encoder: bench.Encoder, info: bench.DatasetInfo) -> nn.Module:
        """Raise UnsuitableError."""
        self._refuse()

    def loss(self, head: nn.Module, features: bench.Features, targets: Mapping[str, Tensor]) -> Tensor:
        """Raise UnsuitableError."""
        self._refuse()

    def predict(self, head: nn.Module, features: bench.Features) -> bench.Predictions:
        """Raise UnsuitableError."""
        self._refuse()

    def metrics(self, info: bench.DatasetInfo) -> bench.Metrics:
        """Raise UnsuitableError."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise bench.UnsuitableError(
            "plain text has no labels; use an objective that needs none, or a data set that has some"
        )


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [PlainText]
