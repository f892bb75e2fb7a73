"""What authors of image backbones reuse: the maps among what layers give, and their strides."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from torch import Tensor

MOST_BEFORE = 5
"""Tokens that stand for no place and come before those that do: of classes, registers."""

Sides = tuple[int, int]
"""Height and width."""


class Level(NamedTuple):
    """A map among what layers give: its position there, and its channels and stride."""

    at: int
    channels: int
    stride: int


def as_map(output: object, size: Sides) -> Tensor | None:
    """Return what a layer makes of images of `size` as a map `[N, C, H, W]`; None if it is none.

    Channels may come last. Tokens `[N, L, C]` are a map if they are places row by row, after a few others.
    """
    if not isinstance(output, Tensor):
        return None
    if output.ndim == 4:
        if stride_of((output.shape[2], output.shape[3]), size):
            return output
        last = stride_of((output.shape[1], output.shape[2]), size)
        return output.permute(0, 3, 1, 2) if last else None
    grid = grid_of(output.shape[1], size) if output.ndim == 3 else None
    if grid is None:
        return None
    places = output[:, output.shape[1] - grid[0] * grid[1] :]
    return places.transpose(1, 2).reshape(len(places), -1, *grid)


@lru_cache
def grid_of(tokens: int, size: Sides) -> Sides | None:
    """Return how many places there are down and across, if so many tokens are those of images of `size`.

    Places are patches that divide the image. Up to `MOST_BEFORE` tokens stand for no place.
    """
    height, width = size
    for count in range(tokens, max(0, tokens - MOST_BEFORE - 1), -1):
        rows = max(1, round((count * height / width) ** 0.5))
        columns = count // rows
        if rows * columns == count and _patch((rows, columns), size):
            return rows, columns
    return None


@lru_cache
def stride_of(grid: Sides, size: Sides) -> int | None:
    """Return how many pixels one place of a map is, down and across; None if it is no map of such images.

    Layers round sides up, and some lose places at the borders. A stride is a power of two, unless patches
    divide the image otherwise.
    """
    both = tuple(zip(grid, size, strict=True))
    powers = [2**exponent for exponent in range(max(size).bit_length())]
    up = [power for power in powers if all(-(-side // power) == places for places, side in both)]
    near = [power for power in powers if all(_near(places, side / power) for places, side in both)]
    return next(iter([*up, *filter(None, [_patch(grid, size)]), *near[::-1]]), None)


def _patch(grid: Sides, size: Sides) -> int | None:
    """Return the side of the patches that divide an image into a grid; None if there are none."""
    side = size[0] // grid[0]
    return side if (grid[0] * side, grid[1] * side) == size else None


def _near(places: int, expected: float) -> bool:
    return abs(places - expected) <= 0.5 + places / 9


def pyramid(outputs: Iterable[object], size: Sides) -> tuple[Level, ...]:
    """Return the last map of each stride among what layers give, in their order; shallow to deep."""
    found: dict[int, Level] = {}
    for at, output in enumerate(outputs):
        map_ = as_map(output, size)
        stride = None if map_ is None else stride_of((map_.shape[2], map_.shape[3]), size)
        if map_ is not None and stride is not None:
            found[stride] = Level(at, map_.shape[1], stride)
    return tuple(found[stride] for stride in sorted(found))
