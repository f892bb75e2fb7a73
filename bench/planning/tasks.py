"""From what a data set says of its task to the task's value."""

from __future__ import annotations

from ..api import Dataset, Task
from ..errors import BenchError
from ..registry import Registry


def task_of(dataset: Dataset, registry: Registry) -> Task:
    """Return the task that a data set is for.

    Raises BenchError if no such task is installed, ValidationError if its settings are wrong.
    """
    spec = {"name": dataset.task} if isinstance(dataset.task, str) else dict(dataset.task or {})
    if "name" not in spec:
        raise BenchError(f"data set '{dataset.name}' does not say which task it is for; set 'task'")
    task: Task = registry.create("task", spec)
    return task
