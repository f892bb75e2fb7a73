"""The process of denoising diffusion: how noise covers images level by level, and how it is taken away.

Images are floats `[N, 3, H, W]` in -1..1, noise is Gaussian of variance 1. At level t, from 0, what is seen
is `sqrt(a) image + sqrt(1 - a) noise`, with a = `SHARES[t]`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from bench.toolkit.moving import moved

LEVELS = 1000
SHARES = torch.cumprod(1 - torch.linspace(1e-4, 0.02, LEVELS, dtype=torch.float64), dim=0).float()
"""The share of the image in the variance of what is seen, by level: Ho et al. 2020, section 4."""


def noised(images: Tensor, noise: Tensor, levels: Tensor) -> Tensor:
    """Return what is seen of images at levels `[N]`, each its own, which are on the CPU."""
    shares = moved(SHARES[levels].view(-1, 1, 1, 1), images.device)
    return shares.sqrt() * images + (1 - shares).sqrt() * noise


def drawn(noise: Tensor, predicted: Callable[[Tensor, Tensor], Tensor], steps: int) -> Tensor:
    """Return the images that noise becomes, by going through so many levels (Song et al. 2021, eta = 0).

    `predicted` returns the noise in what is seen, given that and the levels `[N]`. Images are kept in -1..1.
    """
    levels = torch.linspace(LEVELS - 1, 0, steps).round().long().tolist()
    seen = noise
    for at, level in enumerate(levels):
        share = SHARES[level]
        following = SHARES[levels[at + 1]] if at + 1 < len(levels) else torch.tensor(1.0)
        guess = predicted(seen, torch.full((len(seen),), level, device=seen.device))
        images = ((seen - (1 - share).sqrt() * guess) / share.sqrt()).clamp(-1, 1)
        left = (seen - share.sqrt() * images) / (1 - share).sqrt()
        seen = following.sqrt() * images + (1 - following).sqrt() * left
    return seen
