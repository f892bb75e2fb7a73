"""Task `image-regression`: a number for an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from bench import Batch, Example, Processor, Sample, Task, hookimpl
from bench.toolkit.regression import Regression

if TYPE_CHECKING:
    import torch


class ImageRegression(Regression):
    """A number for each image: an age, a share, a probability."""

    name: ClassVar[str] = "image-regression"
    modality: ClassVar[str] = "image"

    augmentation: tuple[Literal["flip", "shift"], ...] = Field(
        (), description="random changes in training: flip (left-right), shift (by up to 1/8 of the side)"
    )

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's pixels, and the number."""
        return Sample(processor(example.input), self.targets(example))

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch with its pixels changed as `augmentation` says, in that order."""
        from .augmentation import augmented

        return augmented(batch, self.augmentation, generator)


@hookimpl
def bench_tasks() -> list[type[Task]]:
    """Return the task."""
    return [ImageRegression]
