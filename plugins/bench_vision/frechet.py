"""The Frechet distance between images, by the features of a named backbone."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from .cifar import Cifar

SIDE = 32
"""The judge was trained on images of this side."""
SEED = 0
"""Of an untrained judge: it must be the same for every cell."""


class Judge(nn.Module):
    """The features by which images are compared: those that `cifar/resnet20` pools."""

    def __init__(self, weights: str) -> None:
        """Load the backbone. Raises WeightsError where its weights cannot be had."""
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(SEED)  # those of devices would not be put back
            self.encoder = Cifar(model="resnet20", weights=weights).load()
        self.requires_grad_(False).eval()

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the features `[N, 64]` of pixels, uint8 `[N, 3, H, W]`, scaled to 32 x 32."""
        if pixels.shape[2:] != (SIDE, SIDE):
            pixels = interpolate(pixels.float(), size=(SIDE, SIDE), mode="bilinear", antialias=True)
        pooled: Tensor = self.encoder({"pixels": pixels}).pooled
        return pooled


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """Return the squared Frechet (2-Wasserstein) distance between the Gaussians fitted to two samples.

    The samples are `[N, D]` and `[M, D]`. With means m, n and covariances S, T it is
    |m - n|^2 + tr(S + T - 2 (S T)^(1/2)): Heusel et al. 2017, equation 6.
    """
    means = [features.double().mean(dim=0) for features in (first, second)]
    covariances = [torch.cov(features.double().T).reshape(len(means[0]), -1) for features in (first, second)]
    apart = (means[0] - means[1]).square().sum()
    spread = sum(covariance.trace() for covariance in covariances)
    return float(apart + spread - 2 * _trace_of_root(*covariances))


def _trace_of_root(first: Tensor, second: Tensor) -> Tensor:
    """Return tr (S T)^(1/2); S T has the eigenvalues of S^(1/2) T S^(1/2), which is symmetric."""
    values, vectors = torch.linalg.eigh(first)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    product: Tensor = torch.linalg.eigvalsh(root @ second @ root)
    return product.clamp(min=0).sqrt().sum()
