"""What data sets say of themselves and of their examples, asked once and kept.

All of it may depend on the task that a data set is for, so keys hold that as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..api import Dataset, DatasetInfo, Split
from .arrays import Array
from .cache import Cache
from .overlap import content_numbers


def dataset_info(dataset: Dataset, versions: Mapping[str, str], cache: Cache) -> DatasetInfo:
    """Return what is known of a data set, without reading it again if it was read before."""
    key = _key(dataset, versions)
    return info_of(cache.remember("dataset", key, lambda: asdict(dataset.info())))


def info_of(facts: Mapping[str, Any]) -> DatasetInfo:
    """Return what is known of a data set, given as plain JSON data."""
    return DatasetInfo(**{**facts, **{name: tuple(facts.get(name, ())) for name in ("classes", "notes")}})


def dataset_strata(dataset: Dataset, split: Split, versions: Mapping[str, str], cache: Cache) -> Array | None:
    """Return the class of each example of a split, None if it has none; labels are read only once."""
    return _column("strata", lambda: dataset.strata(split), dataset, split, versions, cache)


def dataset_groups(dataset: Dataset, split: Split, versions: Mapping[str, str], cache: Cache) -> Array | None:
    """Return the number of the group of each example of a split, None if it has none; read only once.

    Groups are numbered as they first occur in the split, so they are the same for all cells.
    """
    return _column("groups", lambda: _numbered(dataset.groups(split)), dataset, split, versions, cache)


def dataset_candidates(
    dataset: Dataset, split: Split, versions: Mapping[str, str], cache: Cache
) -> Array | None:
    """Return 1 for each example of a split that is only there for others to be ranked among, 0 for these.

    None if there are no such examples.
    """
    return _column("candidates", lambda: dataset.candidates(split), dataset, split, versions, cache)


def dataset_contents(
    dataset: Dataset, split: Split, versions: Mapping[str, str], cache: Cache
) -> Array | None:
    """Return a number for each example of a split, equal for equal inputs; None if these are unknown."""
    return _column("contents", lambda: content_numbers(dataset, split), dataset, split, versions, cache)


def _key(dataset: Dataset, versions: Mapping[str, str]) -> dict[str, Any]:
    return {"dataset": dataset.identity(), "task": dataset.task, "versions": dict(versions)}


def _column(
    kind: str,
    read: Callable[[], Sequence[int] | None],
    dataset: Dataset,
    split: Split,
    versions: Mapping[str, str],
    cache: Cache,
) -> Array | None:
    """Return whole numbers, one for each example of a split, from the cache where they are there."""

    def fill(folder: Path) -> None:
        values = read()
        if values is not None:
            np.save(folder / f"{kind}.npy", np.asarray(values, dtype=np.int64))
        (folder / "complete").touch()

    key = {**_key(dataset, versions), "split": split}
    file = cache.build(cache.entry(kind, key), fill) / f"{kind}.npy"
    return np.load(file) if file.exists() else None


def _numbered(groups: Sequence[str | int] | None) -> list[int] | None:
    if groups is None:
        return None
    numbers: dict[str | int, int] = {}
    return [numbers.setdefault(group, len(numbers)) for group in groups]
