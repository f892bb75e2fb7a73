"""What contenders scored: by seed, and by example where that is known."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Scores:
    """What one contender scored; the higher the better.

    means: the figure of each of S seeds, `[S]`, or the logarithm of the speed of each of S runs.
    examples: what each of n units contributes to it, `[S, n]`, whose mean over units is `means` (near it for
    figures that are no means). A unit is an example, or a group of examples that belong together. Equal
    positions are equal units for all contenders of a family. None where only the means are known.
    kind: contenders of one kind lend each other their spread over seeds.
    draws: what tells the training examples of each seed from those of others, S items; empty where all seeds
    had the same.

    Examples are paired. Seeds are only where they chose the examples that are trained on, and contenders had
    the same draws of these: then all may be good or bad together. Otherwise the seeds of different contenders
    are independent, equal numbers or not, as they choose initial weights and the order of training.
    """

    means: Array
    examples: Array | None = None
    kind: str = ""
    draws: tuple[Hashable, ...] = ()


def grouped(examples: Array, groups: Array) -> Array:
    """Return what groups contribute, `[S, G]`, from what examples do, `[S, n]`; groups are numbers, `[n]`.

    The mean over groups is the mean over examples, also where groups differ in size. A group counts for how
    far its examples are from that mean, by its size; being large is no contribution in itself.
    """
    _, at, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(at, weights=row) for row in examples])
    shares = sizes * len(sizes) / len(groups)
    contributions: Array = sums / sizes * shares + examples.mean(axis=1, keepdims=True) * (1 - shares)
    return contributions
