"""Metrics: further figures of quality, for tasks that exist."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from .examples import DatasetInfo
from .figures import Figure
from .plugin import Plugin
from .task import Metrics, Task


class Metric(Plugin):
    """Further figures of quality. All installed metrics that suit a cell are computed where it is evaluated.

    They stand beside those of the task, so their names must differ from the task's. A metric that fails
    loses its own figures and nothing else.
    """

    figures: ClassVar[tuple[Figure, ...]]
    """What it computes."""

    @abstractmethod
    def suits(self, task: Task, info: DatasetInfo) -> bool:
        """Tell whether it can be computed from the task's predictions for a data set."""

    @abstractmethod
    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return what computes it for a data set that it suits."""
