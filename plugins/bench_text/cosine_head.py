"""How alike two texts are, by the vectors that an encoder makes of each."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from bench import Features
from bench.toolkit.number_heads import NumberHead


class WeightedCosine(nn.Module):
    """A linear layer over the products and the distances of the entries of two unit vectors.

    Products that all weigh 1, and distances that weigh 0, give the cosine; so it begins. Products and
    distances are what similarity is learnt from on frozen vectors (Tai et al. 2015); neither depends on which
    text comes first.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.products = nn.Parameter(torch.ones(width))
        self.distances = nn.Parameter(torch.zeros(width))
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, features: Features) -> Tensor:
        """Return `[N, 1]` for pooled features `[2N, D]`, two vectors in a row for each example."""
        vectors = normalize(features.pooled, dim=1)
        first, second = vectors[0::2], vectors[1::2]
        weighted: Tensor = (first * second) @ self.products + (first - second).abs() @ self.distances
        return (weighted + self.bias).unsqueeze(1)


class CosineHead(NumberHead):
    """A weighted cosine as a number: 0 is the lowest that is to be learnt, 1 the highest.

    So with plain cosines the loss is that of sentence-transformers' `CosineSimilarityLoss`, whose targets are
    from 0 to 1. Until numbers were seen, the number is the cosine itself.
    """

    def __init__(self, width: int) -> None:
        super().__init__(WeightedCosine(width))

    def scale_of(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return the lowest number, and how far the highest is from it."""
        return numbers.min(), numbers.max() - numbers.min()
