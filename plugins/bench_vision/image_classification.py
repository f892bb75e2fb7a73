"""Task `image-classification`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from bench import Batch, Example, Processor, Sample, Task, hookimpl
from bench.toolkit.classification import Classification

if TYPE_CHECKING:
    import torch


class ImageClassification(Classification):
    """One of several classes for each image."""

    name: ClassVar[str] = "image-classification"
    modality: ClassVar[str] = "image"

    augmentation: tuple[Literal["flip", "shift"], ...] = Field(
        (), description="random changes in training: flip (left-right), shift (by up to 1/8 of the side)"
    )

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's pixels, and the label."""
        return Sample(processor(example.input), self.targets(example))

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch with its pixels changed as `augmentation` says, in that order."""
        from .augmentation import augmented

        return augmented(batch, self.augmentation, generator)


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ImageClassification]
