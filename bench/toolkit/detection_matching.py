"""Which of the boxes that are found are right: as COCO has it, for ten thresholds and four ranges of size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

THRESHOLDS: Array = np.linspace(0.5, 0.95, 10)
"""Intersections over union from which on a box is right."""

SIZES: Array = np.array([[0, 1e10], [0, 32**2], [32**2, 96**2], [96**2, 1e10]])
"""The least and the largest area of all objects, and of small, medium and large ones, in pixels."""

ALL, SMALL, MEDIUM, LARGE = range(4)


@dataclass(frozen=True)
class Marked:
    """The objects of a class in an image: edges `[G, 4]`, areas `[G]`, and whether they are crowds, `[G]`."""

    edges: Array
    area: Array
    crowd: Array


@dataclass(frozen=True)
class Matches:
    """What becomes of D found boxes: by box, range of size and threshold, `[D, 4, 10]`.

    matched: whether it is right. ignored: whether it counts for nothing. objects: how many there are to be
    found in each range, `[4]`.
    """

    matched: Array
    ignored: Array
    objects: Array


def match(edges: Array, area: Array, marked: Marked) -> Matches:
    """Return what becomes of found boxes of a class, the surest first: edges `[D, 4]`, areas `[D]`.

    Each is right about the free object that it overlaps most, or it may be in a crowd, or about an object
    of another size: then it counts for nothing, as does one of another size that is right about none.
    """
    overlap = overlaps(edges, marked)
    found = [_match(overlap, area, marked, least, most) for least, most in SIZES]
    matched, ignored, objects = zip(*found, strict=True)
    return Matches(np.stack(matched, 1), np.stack(ignored, 1), np.array(objects))


def overlaps(edges: Array, marked: Marked) -> Array:
    """Return the intersection over union of boxes `[D, 4]` and objects, `[D, G]`; of crowds, over the box."""
    first, second = edges[:, None, :].astype(np.float64), marked.edges[None].astype(np.float64)
    sides = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    both = sides.clip(min=0).prod(axis=-1)
    own, theirs = (np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1) for boxes in (first, second))
    either = np.where(marked.crowd, own + 0 * theirs, own + theirs - both)
    shares: Array = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return shares


def _match(
    overlap: Array, area: Array, marked: Marked, least: float, most: float
) -> tuple[Array, Array, int]:
    """Return for a range of size what is matched and ignored, `[D, 10]`, and how many objects count."""
    passed_over = marked.crowd | (marked.area < least) | (marked.area > most)
    count = len(THRESHOLDS)
    matched, ignored = np.zeros((2, len(area), count), bool)
    taken = np.zeros((count, len(passed_over)), bool)
    outside = (area < least) | (area > most)
    for at, shares in enumerate(overlap):
        near = (shares >= THRESHOLDS[:, None]) & (~taken | marked.crowd)
        counting, others = near & ~passed_over, near & passed_over
        right, spared = counting.any(axis=1), ~counting.any(axis=1) & others.any(axis=1)
        for rows, free in ((right, counting), (spared, others)):
            chosen = _most(np.where(free, shares, -1))
            taken[rows, chosen[rows]] = True
        matched[at] = right | spared
        ignored[at] = spared | (~matched[at] & outside[at])
    return matched, ignored, int((~passed_over).sum())


def _most(values: Array) -> Array:
    """Return the position of the largest value of each row, the last of several."""
    if not values.shape[1]:
        return np.zeros(len(values), np.int64)
    last: Array = values.shape[1] - 1 - values[:, ::-1].argmax(axis=1)
    return last
