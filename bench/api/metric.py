"""Metrics: figures of quality, computed from statistics that are kept of each example."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from .dataset import DatasetInfo
from .figures import Figure
from .plugin import Plugin
from .task import Metrics, Task


class Metric(Plugin):
    """Further figures of quality for tasks that exist; those installed that suit a cell are computed."""

    figures: ClassVar[tuple[Figure, ...]]
    """What it computes."""

    @abstractmethod
    def suits(self, task: Task) -> bool:
        """Tell whether it can be computed of a task's predictions."""

    @abstractmethod
    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return what computes it for a data set."""
