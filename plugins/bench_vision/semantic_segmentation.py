"""Task `semantic-segmentation`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from bench import Task, hookimpl
from bench.toolkit.segmentation import Segmentation

from .image_task import SceneTask


class SemanticSegmentation(Segmentation, SceneTask):
    """A class for each pixel of an image."""

    name: ClassVar[str] = "semantic-segmentation"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"augmentation": ["flip", "shift", "crop"]},
        {"decoder": "linear"},
    )


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [SemanticSegmentation]
