"""What authors of metrics reuse: correlation of two columns of numbers whose rows have weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pearson(first: NDArray[Any], second: NDArray[Any], weights: NDArray[Any]) -> float | None:
    """Return the correlation of two columns, `[N]` each, with weights `[N]`; None if one is constant."""
    import numpy as np

    counted = weights > 0
    first, second, weights = first[counted], second[counted], weights[counted]
    if _constant(first) or _constant(second):
        return None
    one, other = (_centred(column, weights) for column in (first, second))
    covariance = (weights * one * other).sum()
    spread = np.sqrt((weights * one**2).sum()) * np.sqrt((weights * other**2).sum())
    return float(np.clip(covariance / spread, -1, 1)) if spread > 0 else None


def spearman(first: NDArray[Any], second: NDArray[Any], weights: NDArray[Any]) -> float | None:
    """Return the correlation of the ranks of two columns; None if one is constant.

    With whole weights it is that of rows which occur so often; equal values share their mean rank.
    """
    return pearson(mid_ranks(first, weights), mid_ranks(second, weights), weights)


def mid_ranks(values: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """Return the rank of each value, `[N]`: what weighs less than it, and half of what is equal to it."""
    import numpy as np

    _, place = np.unique(values, return_inverse=True)
    totals = np.bincount(place, weights)
    ranks: NDArray[Any] = (totals.cumsum() - totals / 2)[place]
    return ranks


def _constant(values: NDArray[Any]) -> bool:
    return not len(values) or bool((values == values[0]).all())


def _centred(values: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """Return how far values are from their mean, in units of the largest, so that squares do not overflow."""
    import numpy as np

    apart: NDArray[Any] = values - np.average(values, weights=weights)
    return apart / (np.abs(apart).max() or 1.0)
