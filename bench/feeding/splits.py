"""Which examples a cell uses: the data set's splits, a validation part if it has none, and the limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..api import SPLITS, DatasetInfo, Limits, Split
from ..errors import UnsuitableError
from ..toolkit.messages import one_line
from .order import Positions

VAL_SHARE = 0.1
ORDER_SEED = 0
MOST_NAMED = 5
"""Of how many classes with too few examples the names are said."""

Numbers = Callable[[Split], Sequence[int] | Positions | None]
"""Gives a whole number for each example of a data set's own split: its class, or its group."""

Marks = Callable[[Split], Positions | None]
"""Gives 1 or 0 for each example of a data set's own split."""


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
    draw: int = ORDER_SEED,
    *,
    candidates: Marks = _none,
    hold_out: bool = True,
) -> dict[Split, Subset]:
    """Return the examples of each split.

    Without a `val` a tenth of the training examples becomes it; not so if nothing is to be chosen on it (then
    `hold_out` is false), and there is a `test` to report on. That choice and those of the limits follow
    one fixed random order, so that a smaller choice is part of a larger one; another `draw` gives those of
    `train` another order. Where `strata` gives the classes of a split, any choice has them in the proportions
    of the whole, but for `shots`, which takes as many of each. Where `groups` says which examples belong
    together, no group is divided between `train` and `val`: a limit takes away from either, and what is cut
    off for `val` is whole groups. Those that `candidates` marks are not counted by limits, and are all taken.

    Raises UnsuitableError if there are no classes to take `shots` of, or too few examples of one.
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
    limited = {
        split: _limited(
            split, selection, limits, strata, candidates, draw if split == "train" else ORDER_SEED
        )
        for split, selection in subsets.items()
    }
    if limits.shots is not None and "train" in subsets:
        limited["train"] = _shots(subsets["train"], limits.shots, strata, draw, info.classes)
    return limited


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


def _limited(
    split: Split, selection: Subset, limits: Limits, strata: Numbers, candidates: Marks, draw: int
) -> Subset:
    """Return the examples of a split that its limits leave, and all candidates."""
    marks = candidates(selection.source)
    if marks is None:
        return _limit(selection, _count(split, selection, limits), strata, draw)
    every = marks[selection.positions] > 0
    counted = Subset(selection.source, selection.positions[~every])
    chosen = _limit(counted, _count(split, counted, limits), strata, draw)
    return Subset(selection.source, np.sort(np.concatenate([chosen.positions, selection.positions[every]])))


def _count(split: Split, selection: Subset, limits: Limits) -> int:
    available = len(selection.positions)
    count: int = min(available, getattr(limits, f"{split}_examples") or available)
    if split == "train" and limits.train_fraction is not None:
        count = min(count, max(1, round(limits.train_fraction * available)))
    return count


def _limit(selection: Subset, count: int, strata: Numbers, draw: int) -> Subset:
    if count == len(selection.positions):
        return selection
    return Subset(selection.source, np.sort(_order(selection, strata, draw)[:count]))


def _shots(train: Subset, shots: int, strata: Numbers, draw: int, names: Sequence[str]) -> Subset:
    """Return so many examples of each class, the first of them in random order."""
    every = strata(train.source)
    if every is None:
        raise UnsuitableError("limits.shots counts examples of each class, and this data set has no classes")
    classes = np.asarray(every)
    available = Counter(classes[train.positions].tolist())
    wanted = sorted({*range(len(names)), *available})
    if few := [own for own in wanted if available[own] < shots]:
        raise UnsuitableError(f"limits.shots is {shots}, but train has only {_told(few, available, names)}")
    shuffled = train.positions[_shuffled(train, draw)]
    by_class = np.argsort(classes[shuffled], kind="stable")
    found = classes[shuffled][by_class]
    place = np.arange(len(found)) - np.searchsorted(found, found)
    return Subset(train.source, np.sort(shuffled[by_class][place < shots]))


def _told(few: Sequence[int], available: Mapping[int, int], names: Sequence[str]) -> str:
    """Say how many examples there are of some classes, by name for the first of these."""
    called = {own: repr(one_line(names[own], 40)) if own < len(names) else f"class {own}" for own in few}
    shown = [f"{available[own]} of {called[own]}" for own in few[:MOST_NAMED]]
    more = len(few) - len(shown)
    return ", ".join(shown) + (f", and too few of {more} more classes" if more else "")


def _order(selection: Subset, strata: Numbers, draw: int = ORDER_SEED) -> Positions:
    """Return the positions in random order, such that any first part has the classes in proportion."""
    random = _shuffled(selection, draw)
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


def _shuffled(selection: Subset, draw: int) -> Positions:
    return np.random.default_rng(draw).permutation(len(selection.positions))
