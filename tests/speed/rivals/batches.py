"""Batches of texts of like length, which are padded little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch
from torch import Tensor

POOL = 100
T = TypeVar("T")


def batches(rows: Sequence[T], size: int, length: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield an epoch: shuffled, sorted by length within pools of batches, and the batches shuffled."""
    order = torch.randperm(len(rows)).tolist()
    own = []
    for at in range(0, len(order), POOL * size):
        pool = sorted(order[at : at + POOL * size], key=lambda number: length(rows[number]))
        own += [pool[first : first + size] for first in range(0, len(pool), size)]
    for number in torch.randperm(len(own)).tolist():
        yield [rows[place] for place in own[number]]


def padded(rows: list[list[int]], filling: int) -> Tensor:
    """Return rows of numbers as one tensor, filled up to the longest."""
    longest = max(map(len, rows))
    return torch.tensor([row + [filling] * (longest - len(row)) for row in rows])
