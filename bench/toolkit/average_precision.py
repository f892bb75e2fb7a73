"""What authors of metrics reuse: average precision, of examples that are ranked for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def average_precisions(target: NDArray[Any], score: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """Return the average precision of each class, `[C]`, without interpolation, as scikit-learn has it.

    target: which examples are of which class, bool `[N, C]`. score: by which they are ranked, `[N, C]`; those
    of equal score come at once. weights: `[N]`, not all 0. NaN stands for a class that no example is of.
    """
    import numpy as np

    order = np.argsort(-score, axis=0)
    ranked = np.take_along_axis(score, order, axis=0)
    gained = np.take_along_axis(target * weights[:, None], order, axis=0)
    gains, taken = gained.cumsum(axis=0), weights[order].cumsum(axis=0)
    last = _last_of_equals(ranked)
    precision = np.divide(gains, taken, out=np.zeros_like(gains), where=taken > 0)
    total = gains[-1]
    sums = (gained * np.take_along_axis(precision, last, axis=0)).sum(axis=0)
    means: NDArray[Any] = np.divide(sums, total, out=np.full_like(total, np.nan), where=total > 0)
    return means


def _last_of_equals(ranked: NDArray[Any]) -> NDArray[Any]:
    """Return for each place of sorted columns `[N, C]` the last one of the same value."""
    import numpy as np

    places = np.arange(len(ranked))[:, None]
    ends = np.concatenate([ranked[1:] != ranked[:-1], np.ones_like(ranked[:1], dtype=bool)])
    return np.minimum.accumulate(np.where(ends, places, len(ranked))[::-1], axis=0)[::-1]
