"""What contenders scored: by seed, and by example where that is known."""

from __future__ import annotations

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

    The seeds of different contenders are independent, equal numbers or not: a seed chooses initial weights
    and the order of training, never the examples that are trained on. So seeds are not paired, examples are.
    """

    means: Array
    examples: Array | None = None
    kind: str = ""


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
