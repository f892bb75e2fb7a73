"""Ranked lists: which vectors are nearest to others, and how good a ranking is, by the rules of trec_eval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

SCORES = 1 << 24
"""How many scores are held at a time: 64 MiB of them."""


def nearest(
    queries: NDArray[Any],
    passages: NDArray[Any],
    most: int,
    barred: Sequence[int | None],
    held: int = SCORES,
) -> Iterator[NDArray[Any]]:
    """Give the places of the nearest passages of each query, nearest first, int64 `[most]` or fewer.

    What is near has a large dot product. Vectors are float32, `[Q, D]` and `[P, D]`. Of passages that are
    equally near the earlier one comes first. `barred` is the place of a passage that a query must not find,
    if there is one. So many queries are compared at a time that `held` scores are in memory.
    """
    size = max(1, held // max(1, len(passages)))
    # One more than is wanted, as one may be barred.
    enough = min(most + 1, len(passages))
    for start in range(0, len(queries), size):
        scores = torch.from_numpy(queries[start : start + size]) @ torch.from_numpy(passages).T
        least = scores.topk(enough, dim=1).values[:, -1:]
        rows = zip(scores.numpy(), least.numpy(), barred[start : start + size], strict=True)
        yield from (_best(row, bound, most, place) for row, bound, place in rows)


def _best(scores: NDArray[Any], least: NDArray[Any], most: int, barred: int | None) -> NDArray[Any]:
    """Return the places of the highest scores, of all that are not below the least, `[1]`."""
    places = np.flatnonzero(scores >= least)
    if barred is not None:
        places = places[places != barred]
    found: NDArray[Any] = places[np.argsort(-scores[places], kind="stable")][:most]
    return found


def grades_of(found: Sequence[str], relevant: Mapping[str, int]) -> NDArray[Any]:
    """Return how relevant what was found is, in its order; 0 for what is not, or less than not."""
    return np.array([max(0, relevant.get(name, 0)) for name in found], np.float64)


def ndcg(grades: NDArray[Any], relevant: Mapping[str, int], most: int) -> float:
    """Return the discounted gain of the first grades, as a share of the best that there could be.

    What stands at rank r gains its grade divided by log2(r + 1) (Järvelin and Kekäläinen 2002), as
    `ndcg_cut` of trec_eval has it. `relevant` must hold something relevant.
    """
    best = np.sort(grades_of(list(relevant), relevant))[::-1]
    return _gain(grades[:most]) / _gain(best[:most])


def _gain(grades: NDArray[Any]) -> float:
    return float((grades / np.log2(np.arange(len(grades)) + 2)).sum())


def recall(grades: NDArray[Any], relevant: Mapping[str, int], most: int) -> float:
    """Return the share of what is relevant that is among the first. Something must be relevant."""
    return float((grades[:most] > 0).sum() / (grades_of(list(relevant), relevant) > 0).sum())


def reciprocal_rank(grades: NDArray[Any], most: int) -> float:
    """Return one by the rank of the first relevant one; 0 if none is among the first."""
    ranks = np.flatnonzero(grades[:most] > 0)
    return 1 / (int(ranks[0]) + 1) if len(ranks) else 0.0
