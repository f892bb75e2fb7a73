"""Which examples a cell uses: the data set's splits, a validation part if it has none, and the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..api import SPLITS, DatasetInfo, Limits, Split

VAL_SHARE = 0.1
ORDER_SEED = 0


@dataclass(frozen=True)
class Selection:
    """Examples of one of the data set's own splits, by their positions, ascending."""

    source: Split
    positions: NDArray[np.int64]


def select(info: DatasetInfo, limits: Limits) -> dict[Split, Selection]:
    """Return the examples of each split.

    Without a `val` a tenth of the training examples becomes it. Both that choice and the limits' follow
    one fixed random order, whatever the seed, so that a smaller limit is part of a larger one.
    """
    selections = {
        split: Selection(split, np.arange(info.sizes[split])) for split in SPLITS if info.sizes.get(split)
    }
    if "val" not in selections and info.sizes.get("train", 0) > 1:
        order = _order(info.sizes["train"])
        held_out = max(1, round(VAL_SHARE * len(order)))
        selections["val"] = Selection("train", np.sort(order[:held_out]))
        selections["train"] = Selection("train", np.sort(order[held_out:]))
    return {split: _limit(selections[split], limit) for split, limit in _limits(limits, selections).items()}


def _limits(limits: Limits, selections: Mapping[Split, Selection]) -> dict[Split, int | None]:
    return {split: getattr(limits, f"{split}_examples") for split in selections}


def _limit(selection: Selection, limit: int | None) -> Selection:
    count = len(selection.positions)
    if limit is None or limit >= count:
        return selection
    return Selection(selection.source, np.sort(selection.positions[_order(count)[:limit]]))


def _order(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(ORDER_SEED).permutation(count)
