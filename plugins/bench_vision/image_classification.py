"""Task `image-classification`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from bench import Batch, DatasetInfo, Encoder, Example, Processor, Sample, Task, hookimpl
from bench.toolkit.classification import Classification

if TYPE_CHECKING:
    import torch
    from torch import nn

PROMPT = "a photo of a {}."
"""The prompt that CLIP is usually given (Radford et al. 2021)."""


class ImageClassification(Classification):
    """One of several classes for each image."""

    name: ClassVar[str] = "image-classification"
    modality: ClassVar[str] = "image"

    augmentation: tuple[Literal["flip", "shift"], ...] = Field(
        (), description="random changes in training: flip (left-right), shift (by up to 1/8 of the side)"
    )

    prompt: str = Field(
        PROMPT,
        pattern=r"\{\}",
        description="what a model of images and texts is told of a class to know it by its name, {}",
    )

    def identity(self) -> dict[str, Any]:
        """Return the settings; the prompt only where it is not the usual one."""
        settings = super().identity()
        return {name: value for name, value in settings.items() if (name, value) != ("prompt", PROMPT)}

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own classifier; of one that compares images with texts, the classes' names.

        None if it has neither.
        """
        from bench.toolkit.image_text import zero_shot_head

        return super().native_head(encoder, info) or zero_shot_head(encoder, info.classes, self.prompt)

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
