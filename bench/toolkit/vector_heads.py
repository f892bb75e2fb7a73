"""Heads that give a vector for each text or image, to be compared with others."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize

from ..api import Features


class VectorHead(nn.Module):
    """Vectors of length 1: the pooled features behind a linear layer that begins as the identity.

    So at first vectors are those of the encoder as it is. The layer learns over frozen features alone: an
    encoder that learns can do what the layer would do, and is then whole without it. It computes in fp32
    whatever the precision of the run, as bf16 would make many passages equally near.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.eye(width))

    def forward(self, features: Features) -> Tensor:
        """Return the vectors, float32 `[R, D]`."""
        pooled = features.pooled.float()
        matrix = self.matrix.detach() if pooled.requires_grad else self.matrix
        with torch.autocast(pooled.device.type, enabled=False):
            return normalize(linear(pooled, matrix), dim=1)


def contrastive_loss(queries: Tensor, passages: Tensor, also: Tensor, temperature: float) -> Tensor:
    """Return the mean cross-entropy of finding each query's passage among those of the batch, a scalar.

    `queries` and `passages` are of length 1, `[N, D]` each, and the passage of a query is in its row. Which
    others are relevant to it, too, says `also`, bool `[N, N]`: these are left out. Similarities are divided
    by the temperature (InfoNCE, van den Oord et al. 2018; with the passages of others as negatives as in
    Henderson et al. 2017).
    """
    logits = queries @ passages.T / temperature
    own = torch.arange(len(queries), device=logits.device)
    others = also.to(logits.device) & (own[:, None] != own)
    return cross_entropy(logits.masked_fill(others, -torch.inf), own)
