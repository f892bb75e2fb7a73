"""Which examples of a data set a cell takes, and what is known of them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..api import DatasetInfo, Split
from ..toolkit.messages import one_line
from .arrays import Array
from .context import Context
from .facts import Facts
from .overlap import overlaps
from .seeding import derive
from .splits import ORDER_SEED, Subset, select


class Selection:
    """The examples of a cell's splits; what is odd about the data joins `notes`."""

    def __init__(self, context: Context, notes: list[str]) -> None:
        self.context = context
        self.notes = notes

    @cached_property
    def info(self) -> DatasetInfo:
        """What is known of the data set."""
        info = self._facts.info()
        self.notes += info.notes
        return info

    @cached_property
    def subsets(self) -> dict[Split, Subset]:
        """The examples of each split."""
        cell, limits = self.context.cell, self.context.limits
        return select(
            self.info,
            limits,
            self._facts.strata,
            self.groups,
            derive(cell.seed, "draw") if limits.redrawn else ORDER_SEED,
            candidates=self._facts.candidates,
            hold_out=cell.objective.holds_out(),
        )

    def overlaps(self) -> list[str]:
        """Return notes on examples that two splits share; test is read for it.

        A data set that fails at this must not spoil a cell that is done, so that is a note, too.
        """
        try:
            return list(overlaps(self._contents))
        except Exception as error:
            return [
                f"splits were not compared with each other: {type(error).__name__}: {one_line(error, 200)}"
            ]

    def counted(self, split: Split) -> Array:
        """Tell which examples of a split count by themselves, and are no candidates, `[N]`."""
        subset = self.subsets[split]
        marks = self._facts.candidates(subset.source)
        if marks is None:
            return np.ones(len(subset.positions), bool)
        counted: Array = marks[subset.positions] == 0
        return counted

    def groups(self, source: Split) -> Array | None:
        """Return the number of each example's group in a split of the data set's own, if it has groups."""
        return self._facts.groups(source)

    def _contents(self, split: Split) -> list[int] | None:
        """Return a number for each example that is taken from one of the data set's own splits."""
        taken = [
            subset.positions[self.counted(of)]
            for of, subset in self.subsets.items()
            if subset.source == split
        ]
        if not taken:
            return None
        numbers = self._facts.contents(split)
        if numbers is None:
            return None
        chosen: list[int] = numbers[np.concatenate(taken)].tolist()
        return chosen

    @cached_property
    def _facts(self) -> Facts:
        """What the data set says; it depends on the version of no plugin but its own."""
        cell, cache = self.context.cell, self.context.cache
        name = f"dataset/{cell.dataset.name}"
        return Facts(
            cell.dataset, {key: version for key, version in cell.versions.items() if key == name}, cache
        )
