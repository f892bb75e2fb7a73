"""Task `image-multi-label`: any number of classes for an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from bench import Batch, Example, Processor, Sample, Task, hookimpl
from bench.toolkit.multi_label import MultiLabel

if TYPE_CHECKING:
    import torch


class ImageMultiLabel(MultiLabel):
    """Which classes an image belongs to: any number of them, or none."""

    name: ClassVar[str] = "image-multi-label"
    modality: ClassVar[str] = "image"

    augmentation: tuple[Literal["flip", "shift"], ...] = Field(
        (), description="random changes in training: flip (left-right), shift (by up to 1/8 of the side)"
    )

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's pixels, and the classes."""
        return Sample(processor(example.input), self.targets(example))

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return inputs `pixels`, `[N, 3, H, W]`, and classes `[N, K]`."""
        inputs = super().collate([Sample(sample.inputs, {}) for sample in samples]).inputs
        return Batch(inputs, self.collate_targets(samples), range(len(samples)))

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch with its pixels changed as `augmentation` says, in that order."""
        from .augmentation import augmented

        return augmented(batch, self.augmentation, generator)


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ImageMultiLabel]
