"""Heads that enlarge images: by resampling alone, and by what they learn to add to that.

They see `Features` and nothing else: the small images are `Features.asked["small"]`, uint8 `[N, 3, H, W]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle

from bench import Features, FeatureSpec
from bench.toolkit.pyramid import FeaturePyramid

Method = Literal["bilinear", "bicubic"]

DETAIL = 0.05
"""How large details are, of values in 0..1: learnt in this unit, they do not begin with wild guesses."""


class Resample(nn.Module):
    """Enlarges the small images by a filter, as Pillow does: `[N, 3, scale * H, scale * W]`, in 0..1."""

    def __init__(self, scale: int, method: Method) -> None:
        super().__init__()
        self.scale = scale
        self.method = method

    def forward(self, features: Features) -> Tensor:
        """Return the large images."""
        return resampled(_small(features), self.scale, self.method)


class Enlarger(nn.Module):
    """Adds details to what bicubic enlarging gives: `[N, 3, scale * H, scale * W]`, in 0..1.

    The finest map of a feature pyramid and a convolution of the small image are added up, pass residual
    blocks without normalisation (Lim et al. 2017) at the small size, and become pixels of the large one by
    changing channels for places (Shi et al. 2016). The last layer begins at zero, and so all as bicubic.
    """

    def __init__(self, spec: FeatureSpec, levels: Sequence[int], scale: int, width: int, depth: int) -> None:
        super().__init__()
        self.levels = tuple(levels)
        self.scale = scale
        self.pyramid = FeaturePyramid([spec.channels[level] for level in levels], width)
        self.enter = nn.Conv2d(3, width, kernel_size=3, padding=1)
        self.body = nn.Sequential(*(Block(width) for _ in range(depth)))
        self.leave = nn.Conv2d(width, 3 * scale**2, kernel_size=3, padding=1)
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)
        self.to(memory_format=torch.channels_last)  # as the maps of encoders are

    def forward(self, features: Features) -> Tensor:
        """Return the large images."""
        small = _small(features)
        finest = self.pyramid([features.maps[level] for level in self.levels])[0]
        seen = interpolate(finest, small.shape[2:], mode="bilinear", align_corners=False)
        details: Tensor = self.leave(self.body(self.enter(small - 0.5) + seen))
        shuffled = pixel_shuffle(details.float(), self.scale)
        return resampled(small, self.scale, "bicubic") + DETAIL * shuffled


class Block(nn.Module):
    """Two convolutions whose result is added to what goes in: `[N, width, H, W]`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, kernel_size=3, padding=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return maps of the same shape."""
        changed: Tensor = images + self.layers(images)
        return changed


def resampled(images: Tensor, scale: int, method: Method) -> Tensor:
    """Return images, floats `[N, C, H, W]`, so many times as large.

    With `antialias` the bicubic filter has the coefficient of Pillow, -0.5, and otherwise one of -0.75.
    """
    size = (scale * images.shape[2], scale * images.shape[3])
    return interpolate(images, size, mode=method, align_corners=False, antialias=True)


def _small(features: Features) -> Tensor:
    return features.asked["small"].float() / 255
