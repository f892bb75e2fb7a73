"""Which examples a cell uses: the data set's splits, a validation part if it has none, and the limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..api import SPLITS, DatasetInfo, Limits, Split
from .order import Positions

VAL_SHARE = 0.1
ORDER_SEED = 0

Strata = Callable[[Split], Sequence[int] | Positions | None]


@dataclass(frozen=True)
class Subset:
    """Examples of one of the data set's own splits, by their positions, ascending."""

    source: Split
    positions: Positions


def select(info: DatasetInfo, limits: Limits, strata: Strata = lambda split: None) -> dict[Split, Subset]:
    """Return the examples of each split.

    Without a `val` a tenth of the training examples becomes it. That choice and those of the limits follow
    one fixed random order, whatever the seed, so that a smaller choice is part of a larger one. Where
    `strata` gives the classes of a split, any choice has them in the proportions of the whole.
    """
    subsets = {
        split: Subset(split, np.arange(info.sizes[split])) for split in SPLITS if info.sizes.get(split)
    }
    if "val" not in subsets and info.sizes.get("train", 0) > 1:
        order = _order(subsets["train"], strata)
        held_out = max(1, round(VAL_SHARE * len(order)))
        subsets["val"] = Subset("train", np.sort(order[:held_out]))
        subsets["train"] = Subset("train", np.sort(order[held_out:]))
    return {
        split: _limit(selection, _count(split, selection, limits), strata)
        for split, selection in subsets.items()
    }


def _count(split: Split, selection: Subset, limits: Limits) -> int:
    available = len(selection.positions)
    count: int = min(available, getattr(limits, f"{split}_examples") or available)
    if split == "train" and limits.train_fraction is not None:
        count = min(count, max(1, round(limits.train_fraction * available)))
    return count


def _limit(selection: Subset, count: int, strata: Strata) -> Subset:
    if count == len(selection.positions):
        return selection
    return Subset(selection.source, np.sort(_order(selection, strata)[:count]))


def _order(selection: Subset, strata: Strata) -> Positions:
    """Return the positions in random order, such that any first part has the classes in proportion."""
    random = np.random.default_rng(ORDER_SEED).permutation(len(selection.positions))
    classes = strata(selection.source)
    if classes is None:
        return selection.positions[random]
    shuffled = np.asarray(classes)[selection.positions][random]
    # Each example is ordered by its place, from 0 to 1, among those of its class.
    place = np.empty(len(shuffled))
    for own in np.unique(shuffled):
        members = np.flatnonzero(shuffled == own)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return selection.positions[random[np.argsort(place, kind="stable")]]
