"""What authors of metrics reuse: how often classes that are asked for one by one are right, and their F1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def counts(
    target: NDArray[Any], prediction: NDArray[Any], weights: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the weight of what is rightly taken for a class, of it, and taken for it, `[C]` each."""
    return weights @ (target & prediction), weights @ target, weights @ prediction


def f1(right: NDArray[Any], both: NDArray[Any]) -> NDArray[Any]:
    """Return F1 by what is right, and what is or is predicted, added up; 0 where that is nothing."""
    import numpy as np

    scores: NDArray[Any] = np.divide(2 * right, both, out=np.zeros_like(both), where=both > 0)
    return scores
