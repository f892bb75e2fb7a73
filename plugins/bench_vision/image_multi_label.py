"""Task `image-multi-label`: any number of classes for an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from bench import Batch, Sample, Task, hookimpl
from bench.toolkit.multi_label import MultiLabel

from .image_task import ImageTask


class ImageMultiLabel(MultiLabel, ImageTask):
    """Which classes an image belongs to: any number of them, or none."""

    name: ClassVar[str] = "image-multi-label"

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return inputs `pixels`, `[N, 3, H, W]`, and classes `[N, K]`."""
        inputs = super().collate([Sample(sample.inputs, {}) for sample in samples]).inputs
        return Batch(inputs, self.collate_targets(samples), range(len(samples)))


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ImageMultiLabel]
