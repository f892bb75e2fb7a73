"""Objectives: ways to train."""

from __future__ import annotations

from abc import abstractmethod

from .backbone import Backbone
from .dataset import Dataset
from .plugin import Plugin
from .run import Run, Steps
from .task import Task


class Objective(Plugin):
    """A whole recipe: which parameters learn, from which loss, in which order."""

    def skip(self, backbone: Backbone, task: Task, dataset: Dataset) -> str | None:
        """Return why this combination makes no sense, or None. Told when planning; the cell never runs."""
        return None

    @abstractmethod
    def train(self, run: Run) -> Steps[None]:
        """Train, yielding each step once it is done. It may be stopped (closed) after any step."""

    def measure(self, run: Run) -> Steps[None]:
        """Report quality; by default the task's metrics on the splits to report on."""
        for split in run.splits:
            yield from run.evaluate(split)
