"""In which order examples are put into batches."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

Positions = NDArray[np.int64]
POOL_BATCHES = 100


def training_order(
    count: int, batch_size: int, lengths: Positions | None, generator: torch.Generator
) -> list[Positions]:
    """Return shuffled batches of nearly equal size, none larger than asked for and none left over.

    An epoch that ended in a batch of one would break batch normalisation and give that example the
    weight of many. Where examples differ in length, pools of a hundred batches are sorted by it first, so
    that a batch holds examples of like length and little padding; the batches are then shuffled.
    """
    order = torch.randperm(count, generator=generator).numpy()
    if lengths is not None:
        pools = np.array_split(order, max(1, -(-count // (POOL_BATCHES * batch_size))))
        order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    batches = np.array_split(order, steps(count, batch_size))
    if lengths is None:
        return batches
    return [batches[index] for index in torch.randperm(len(batches), generator=generator).tolist()]


def evaluation_order(count: int, batch_size: int, lengths: Positions | None) -> list[Positions]:
    """Return batches in order; where examples differ in length, batches of examples of like length.

    The batch with the longest comes first, so that one that does not fit into memory fails at once. The
    others follow in a fixed random order: sorted, they would look to a meter like a machine that warms up.
    """
    if lengths is None:
        return np.array_split(np.arange(count), steps(count, batch_size))
    first, *others = np.array_split(np.argsort(-lengths, kind="stable"), steps(count, batch_size))
    return [first, *(others[index] for index in np.random.default_rng(0).permutation(len(others)))]


def steps(count: int, batch_size: int) -> int:
    """Return the number of batches in an epoch, at least one."""
    return max(1, -(-count // batch_size))
