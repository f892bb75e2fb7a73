"""Task `image-classification`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from bench import Batch, Example, Processor, Sample, Task, hookimpl
from bench.classification import Classification

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor


class ImageClassification(Classification):
    """One of several classes for each image."""

    name: ClassVar[str] = "image-classification"
    modality: ClassVar[str] = "image"

    augmentation: tuple[Literal["flip", "shift"], ...] = Field(
        (), description="random changes in training: flip (left-right), shift (by up to 1/8 of the side)"
    )

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's pixels, and `label`, an int64 scalar."""
        import numpy as np

        return Sample(processor(example.input), {"label": np.array(example.target, dtype=np.int64)})

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return inputs `[N, ...]`, such as pixels `[N, 3, H, W]`, and labels `[N]`."""
        return Batch(
            inputs=_stack([sample.inputs for sample in samples]),
            targets=_stack([sample.targets for sample in samples]),
            indices=range(len(samples)),
        )

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch with its pixels changed as `augmentation` says, in that order."""
        from .augmentation import AUGMENTATIONS

        pixels = batch.inputs["pixels"]
        for name in self.augmentation:
            pixels = AUGMENTATIONS[name](pixels, generator)
        return replace(batch, inputs={**batch.inputs, "pixels": pixels})


def _stack(items: Sequence[Mapping[str, np.ndarray]]) -> dict[str, Tensor]:
    import numpy as np
    import torch

    return {name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0]}


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ImageClassification]
