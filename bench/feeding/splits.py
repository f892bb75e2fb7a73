"""Which examples a cell uses: the data set's splits, a validation part if it has none, and the limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..api import SPLITS, DatasetInfo, Limits, Split
from .order import Positions

VAL_SHARE = 0.1
ORDER_SEED = 0

Numbers = Callable[[Split], Sequence[int] | Positions | None]
"""Gives a whole number for each example of a data set's own split: its class, or its group."""


@dataclass(frozen=True)
class Subset:
    """Examples of one of the data set's own splits, by their positions, ascending."""

    source: Split
    positions: Positions


def _none(split: Split) -> None:
    """Say that the examples of a split have no classes, or no groups."""


def select(
    info: DatasetInfo,
    limits: Limits,
    strata: Numbers = _none,
    groups: Numbers = _none,
    *,
    hold_out: bool = True,
) -> dict[Split, Subset]:
    """Return the examples of each split.

    Without a `val` a tenth of the training examples becomes it; not so if nothing is to be chosen on it (then
    `hold_out` is false), and there is a `test` to report on. That choice and those of the limits follow
    one fixed random order, whatever the seed, so that a smaller choice is part of a larger one. Where
    `strata` gives the classes of a split, any choice has them in the proportions of the whole. Where `groups`
    says which examples belong together, no group is divided between `train` and `val`: a limit takes away
    from either, and what is cut off for `val` is whole groups.
    """
    subsets = {
        split: Subset(split, np.arange(info.sizes[split])) for split in SPLITS if info.sizes.get(split)
    }
    wanted = "val" not in subsets and (hold_out or "test" not in subsets)
    if wanted and info.sizes.get("train", 0) > 1:
        held_out = _held_out(subsets["train"], strata, groups)
        if len(held_out):
            subsets["val"] = Subset("train", held_out)
            subsets["train"] = Subset("train", np.setdiff1d(subsets["train"].positions, held_out))
    return {
        split: _limit(selection, _count(split, selection, limits), strata)
        for split, selection in subsets.items()
    }


def _held_out(train: Subset, strata: Numbers, groups: Numbers) -> Positions:
    """Return the positions of a tenth of the training examples, ascending; none if all are of one group."""
    count = max(1, round(VAL_SHARE * len(train.positions)))
    belonging = groups(train.source)
    if belonging is None:
        return np.sort(_order(train, strata)[:count])
    return np.flatnonzero(np.isin(belonging, _whole_groups(np.asarray(belonging), count, strata)))


def _whole_groups(belonging: Positions, count: int, strata: Numbers) -> list[int]:
    """Return the groups that together have so many of the training examples, or as few less as fits.

    They come in random order, each by the class of its first example; those too large for what is still
    wanted are passed over. Where each is, it is the smallest; where there is but one, none.
    """
    sizes = Counter(belonging.tolist())
    if len(sizes) == 1:
        return []
    first = np.sort(np.unique(belonging, return_index=True)[1])
    chosen = []
    for group in belonging[_order(Subset("train", first), strata)].tolist():
        if sizes[group] <= count:
            chosen.append(group)
            count -= sizes[group]
    return chosen or [min(sizes, key=lambda group: sizes[group])]


def _count(split: Split, selection: Subset, limits: Limits) -> int:
    available = len(selection.positions)
    count: int = min(available, getattr(limits, f"{split}_examples") or available)
    if split == "train" and limits.train_fraction is not None:
        count = min(count, max(1, round(limits.train_fraction * available)))
    return count


def _limit(selection: Subset, count: int, strata: Numbers) -> Subset:
    if count == len(selection.positions):
        return selection
    return Subset(selection.source, np.sort(_order(selection, strata)[:count]))


def _order(selection: Subset, strata: Numbers) -> Positions:
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
