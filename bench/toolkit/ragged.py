"""What authors of tasks reuse: arrays of different lengths as one tensor, with their lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray


def stack_ragged(arrays: Sequence[NDArray[Any]], fill: float = 0) -> tuple[Tensor, Tensor]:
    """Return arrays `[L, ...]` as one tensor `[N, most L, ...]`, and each one's length, int64 `[N]`.

    `fill` stands where an array has nothing. Arrays of one length are stacked as they are.
    """
    lengths = [len(array) for array in arrays]
    stacked = np.full((len(arrays), max(lengths), *arrays[0].shape[1:]), fill, arrays[0].dtype)
    for row, array in zip(stacked, arrays, strict=True):
        row[: len(array)] = array
    return torch.from_numpy(stacked), torch.tensor(lengths)
