"""What learns in `diffusion`: a decoder that predicts noise, on the maps of the encoder."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, mse_loss, silu

from bench import Batch, Encoder, UnsuitableError
from bench.toolkit.learner import Learner
from bench.toolkit.moving import moved

from .noise_levels import LEVELS, noised

PERIODS = 10_000
"""The longest period of the waves that say which level it is, over the shortest."""


class Diffuser(Learner):
    """Goes from the deepest map to the shallowest and to the noisy image, and predicts the noise in that.

    Raises UnsuitableError if the encoder gives no maps.
    """

    def __init__(self, encoder: Encoder, width: int) -> None:
        super().__init__()
        channels = encoder.spec.channels
        if not channels:
            raise UnsuitableError("the backbone gives no maps of features; choose one that does")
        encoder.levels = frozenset(range(len(channels)))  # all are read, whatever the task reads
        self.width = width
        self.lateral = nn.ModuleList(nn.Conv2d(count, width, kernel_size=1) for count in (3, *channels))
        self.blocks = nn.ModuleList(Conditioned(width) for _ in (3, *channels))
        self.leave = nn.Conv2d(width, 3, kernel_size=3, padding=1)
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)
        self.to(memory_format=torch.channels_last)

    def loss(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Tensor:
        """Return the mean squared error of the noise at random levels."""
        guess, noise = self._trial(encoder, batch, random)
        return mse_loss(guess, noise)

    def scores(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Mapping[str, Tensor]:
        """Return the mean squared error of the noise in each image, at random levels."""
        guess, noise = self._trial(encoder, batch, random)
        return {"noise_mse": (guess - noise).square().flatten(1).mean(dim=1)}

    def predicted(self, encoder: Encoder, seen: Tensor, levels: Tensor) -> Tensor:
        """Return the noise in what is seen, float32 `[N, 3, H, W]`, at levels `[N]`."""
        features = encoder({"pixels": 127.5 * (seen + 1)})
        level = waves(levels, self.width)
        maps = [lateral(map_) for lateral, map_ in zip(self.lateral, (seen, *features.maps), strict=True)]
        joined = torch.zeros_like(maps[-1])
        for map_, block in zip(maps[::-1], list(self.blocks)[::-1], strict=True):
            joined = block(map_ + interpolate(joined, map_.shape[2:], mode="nearest"), level)
        noise: Tensor = self.leave(silu(joined)).float()
        return noise

    def _trial(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the predicted noise of a batch to which noise was added, and that noise."""
        images = batch.inputs["pixels"] / 127.5 - 1
        levels = torch.randint(LEVELS, (len(images),), generator=random)
        noise = moved(torch.randn(images.shape, generator=random), images.device)
        seen = noised(images, noise, levels)
        return self.predicted(encoder, seen, moved(levels, images.device)), noise


class Conditioned(nn.Module):
    """Two convolutions whose result is added to the map; the level scales and shifts what is between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, kernel_size=3, padding=1)
        self.second = nn.Conv2d(width, width, kernel_size=3, padding=1)
        self.norms = nn.ModuleList(nn.GroupNorm(math.gcd(width, 8), width) for _ in range(2))
        self.level = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2 * width))

    def forward(self, map_: Tensor, level: Tensor) -> Tensor:
        """Return a map `[N, width, H, W]`, given the waves of the level `[N, width]`."""
        scale, shift = self.level(level)[:, :, None, None].chunk(2, dim=1)
        between = self.norms[1](self.first(silu(self.norms[0](map_)))) * (1 + scale) + shift
        changed: Tensor = map_ + self.second(silu(between))
        return changed


def waves(levels: Tensor, width: int) -> Tensor:
    """Return sines and cosines of levels `[N]`, `[N, width]` (Vaswani et al. 2017, section 3.5)."""
    count = (width + 1) // 2
    speeds = torch.exp(-math.log(PERIODS) * torch.arange(count, device=levels.device) / count)
    angles = levels[:, None] * speeds
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :width]
