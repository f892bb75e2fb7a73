"""The task `multiple-choice`: which of several texts answers a question, or goes on from another text."""

from __future__ import annotations

from typing import ClassVar

import bench
from bench.toolkit.multiple_choice import MultipleChoice


class TextMultipleChoice(MultipleChoice):
    """Which choice is right; inputs are `(question, [choice, ...])`, the target is an index or a choice."""

    name: ClassVar[str] = "multiple-choice"
    modality: ClassVar[str] = "text"


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [TextMultipleChoice]
