"""Task `object-detection`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from bench import Task, hookimpl
from bench.toolkit.detection import Detection

from .image_task import SceneTask


class ObjectDetection(Detection, SceneTask):
    """The objects in an image: what they are, and where."""

    name: ClassVar[str] = "object-detection"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"augmentation": ["flip", "shift", "crop"]},)


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [ObjectDetection]
