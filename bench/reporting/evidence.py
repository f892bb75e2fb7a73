"""What the verdicts rest on: the scores of rows, by seed and by example."""

from __future__ import annotations

from collections.abc import Sequence

from ..records.results import Results
from ..registry import Registry
from ..statistics import Scores
from .standings import Replicates


class Evidence:
    """Reads what the examples of cells contribute, and makes figures of it by the plugins' own metrics."""

    def __init__(self, results: Results, registry: Registry) -> None:
        self.results = results
        self.registry = registry

    def scores(self, rows: Sequence[Replicates], split: str, metric: str) -> list[Scores]:
        """Return what rows scored by a metric on a split, the higher the better, on the units they share.

        Where a metric is a mean over examples, what these contribute is read. Where it is not, it is what the
        jackknife makes of the plugin's own `Metrics.compute`. Where neither can be had, of a pretraining
        objective's own figures for example, the scores are of seeds alone.
        """
        raise NotImplementedError
