"""Task `image-regression`: a number for an image."""

from __future__ import annotations

from typing import ClassVar

from bench import Task, hookimpl
from bench.toolkit.regression import Regression

from .image_task import ImageTask


class ImageRegression(Regression, ImageTask):
    """A number for each image: an age, a share, a probability."""

    name: ClassVar[str] = "image-regression"


@hookimpl
def bench_tasks() -> list[type[Task]]:
    """Return the task."""
    return [ImageRegression]
