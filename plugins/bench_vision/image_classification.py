"""Task `image-classification`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from bench import DatasetInfo, Encoder, Task, hookimpl
from bench.toolkit.classification import Classification

from .image_task import ImageTask

if TYPE_CHECKING:
    from torch import nn

PROMPT = "a photo of a {}."
"""The prompt that CLIP is usually given (Radford et al. 2021)."""


class ImageClassification(Classification, ImageTask):
    """One of several classes for each image."""

    name: ClassVar[str] = "image-classification"

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


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ImageClassification]
