"""Bases of the tasks on images: how single images are prepared, and changed at random in training."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from bench import Batch, Example, Processor, Sample, Task

if TYPE_CHECKING:
    import numpy as np
    import torch


class AugmentedTask(Task):
    """A task on images that are changed at random in training, together with masks and boxes in targets."""

    modality: ClassVar[str] = "image"

    augmentation: tuple[str, ...] = ()

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch with pixels, masks and boxes changed as `augmentation` says, in that order."""
        from .augmentation import augmented

        return augmented(batch, self.augmentation, generator)


class ImageTask(AugmentedTask):
    """A task whose target is of an image as a whole: a class, a number."""

    augmentation: tuple[Literal["flip", "shift"], ...] = Field(
        (), description="random changes in training: flip (left-right), shift (by up to 1/8 of the side)"
    )

    @abstractmethod
    def targets(self, example: Example) -> Mapping[str, np.ndarray]:
        """Return the targets of an image, named arrays without a batch axis; none of a new input."""

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's pixels, uint8 `[3, H, W]`, and the targets."""
        return Sample(processor(example.input), self.targets(example))


class SceneTask(AugmentedTask):
    """A task whose target says what is where in an image: a mask, boxes."""

    augmentation: tuple[Literal["flip", "shift", "crop"], ...] = Field(
        (),
        description="random changes in training: flip (left-right), shift (by up to 1/8 of the side), "
        "crop (a part of at least 0.3 of the area, scaled up)",
    )
