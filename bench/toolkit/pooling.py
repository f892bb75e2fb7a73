"""What authors of text plugins reuse: how the states of tokens become one vector."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

Pooling = Literal["mean", "first", "last", "max", "mean-sqrt-len", "weighted-mean"]


def pool(states: Tensor, mask: Tensor, pooling: Pooling) -> Tensor:
    """Reduce hidden states `[N, L, C]` to `[N, C]`: a mean, the largest values, or one token's state.

    `mean-sqrt-len` is the sum over the root of the number of tokens; in the `weighted-mean` (Muennighoff
    2022) the nth token weighs n. `mask`, bool `[N, L]`, is true at tokens; padding comes after them and is
    not looked at.
    """
    match pooling:
        case "mean":
            return masked_mean(states, mask)
        case "first":
            return states[:, 0]
        case "last":
            return states.take_along_dim(mask.sum(dim=1).sub(1)[:, None, None], dim=1).squeeze(1)
        case "max":
            return states.masked_fill(~mask.unsqueeze(-1), -inf).amax(dim=1)
        case "mean-sqrt-len":
            return masked_mean(states, mask) * mask.sum(dim=1, keepdim=True).sqrt().to(states.dtype)
        case "weighted-mean":
            return weighted_mean(states, mask.cumsum(dim=1) * mask)


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """Return the mean `[N, C]` over those positions of `[N, L, C]` where the mask `[N, L]` is true.

    A row without any gives zeros.
    """
    return weighted_mean(states, mask)


def weighted_mean(states: Tensor, weights: Tensor) -> Tensor:
    """Return the mean `[N, C]` over positions of `[N, L, C]`, by whole or truth-valued weights `[N, L]`.

    A row in which all weigh nothing gives zeros.
    """
    shares = weights.unsqueeze(-1).to(states.dtype)
    return (states * shares).sum(dim=1) / shares.sum(dim=1).clamp(min=1)
