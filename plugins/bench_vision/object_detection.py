"""Task `object-detection`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from bench import Batch, Task, hookimpl
from bench.toolkit.detection import Detection

if TYPE_CHECKING:
    import torch


class ObjectDetection(Detection):
    """The objects in an image: what they are, and where."""

    name: ClassVar[str] = "object-detection"
    modality: ClassVar[str] = "image"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"augmentation": ["flip", "shift", "crop"]},)

    augmentation: tuple[Literal["flip", "shift", "crop"], ...] = Field(
        (),
        description="random changes in training: flip (left-right), shift (by up to 1/8 of the side), "
        "crop (a part of at least 0.3 of the area, scaled up)",
    )

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return the batch with pixels and boxes changed as `augmentation` says, in that order."""
        from .augmentation import augmented

        return augmented(batch, self.augmentation, generator)


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ObjectDetection]
