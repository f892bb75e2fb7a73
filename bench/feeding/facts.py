"""What data sets say of themselves and of their examples, asked once and kept.

All of it may depend on the task that a data set is for, so keys hold that as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..api import Dataset, DatasetInfo, Split
from .arrays import Array
from .cache import Cache
from .overlap import content_numbers


@dataclass(frozen=True)
class Facts:
    """Answers of a data set, whose plugins have these versions; what the cache has is not asked again."""

    dataset: Dataset
    versions: Mapping[str, str]
    cache: Cache

    @cached_property
    def key(self) -> dict[str, Any]:
        """What the answers depend on; made once, as a data set may look through many files for it."""
        return {
            "dataset": self.dataset.identity(),
            "task": self.dataset.task,
            "versions": dict(self.versions),
        }

    def info(self) -> DatasetInfo:
        """Return what is known of the data set."""
        return info_of(self.cache.remember("dataset", self.key, lambda: asdict(self.dataset.info())))

    def strata(self, split: Split) -> Array | None:
        """Return the class of each example of a split, None if it has none."""
        return self._column("strata", split, self.dataset.strata)

    def groups(self, split: Split) -> Array | None:
        """Return the number of the group of each example of a split, None if it has none.

        Groups are numbered as they first occur in the split, so they are the same for all cells.
        """
        return self._column("groups", split, lambda split: _numbered(self.dataset.groups(split)))

    def candidates(self, split: Split) -> Array | None:
        """Return 1 for each example of a split that is only there for others to be ranked among, 0 for these.

        None if there are no such examples.
        """
        return self._column("candidates", split, self.dataset.candidates)

    def contents(self, split: Split) -> Array | None:
        """Return a number for each example of a split, equal for equal inputs; None if these are unknown."""
        return self._column("contents", split, lambda split: content_numbers(self.dataset, split))

    def _column(self, kind: str, split: Split, read: Callable[[Split], Sequence[int] | None]) -> Array | None:
        """Return whole numbers, one for each example of a split."""

        def fill(folder: Path) -> None:
            values = read(split)
            if values is not None:
                np.save(folder / f"{kind}.npy", np.asarray(values, dtype=np.int64))
            (folder / "complete").touch()

        file = self.cache.build(self.cache.entry(kind, {**self.key, "split": split}), fill) / f"{kind}.npy"
        return np.load(file) if file.exists() else None


def info_of(facts: Mapping[str, Any]) -> DatasetInfo:
    """Return what is known of a data set, given as plain JSON data."""
    return DatasetInfo(**{**facts, **{name: tuple(facts.get(name, ())) for name in ("classes", "notes")}})


def _numbered(groups: Sequence[str | int] | None) -> list[int] | None:
    if groups is None:
        return None
    numbers: dict[str | int, int] = {}
    return [numbers.setdefault(group, len(numbers)) for group in groups]
