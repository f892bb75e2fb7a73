"""Heads that give the class of each pixel. They see `Features` and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ..api import Features, FeatureSpec
from .pyramid import FeaturePyramid

AT_ONCE = 2**26
"""Logits of pixels that are held at a time while classes are chosen."""


class PyramidHead(nn.Module):
    """A feature pyramid whose maps are added up at the sides of the finest (Kirillov et al. 2019).

    Gives logits `[N, C, H, W]`. Each map has a convolution of its own first, so that the deep ones, which
    are trained best, reach the classes without the shallow ones in between.
    """

    def __init__(
        self, spec: FeatureSpec, levels: Sequence[int], classes: int, width: int, dropout: float
    ) -> None:
        super().__init__()
        self.levels = tuple(levels)
        self.pyramid = FeaturePyramid([spec.channels[level] for level in levels], width)
        self.smooth = nn.ModuleList(_smooth(width) for _ in levels)
        self.dropout = nn.Dropout2d(dropout)
        self.classify = nn.Conv2d(width, classes, kernel_size=1)
        self.to(memory_format=torch.channels_last)  # as the maps of encoders are

    def forward(self, features: Features) -> Tensor:
        """Return logits at the sides of the finest map that is read."""
        maps = self.pyramid([features.maps[level] for level in self.levels])
        finest, *deeper = [smooth(map_) for smooth, map_ in zip(self.smooth, maps, strict=True)]
        for map_ in deeper:
            finest = finest + interpolate(map_, finest.shape[2:], mode="bilinear", align_corners=False)
        logits: Tensor = self.classify(self.dropout(finest))
        return logits


def _smooth(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
    )


class LinearMapHead(nn.Module):
    """A linear layer over each position of the deepest map, normalised: logits `[N, C, H, W]`."""

    def __init__(self, spec: FeatureSpec, classes: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(spec.channels[-1]),
            nn.Dropout2d(dropout),
            nn.Conv2d(spec.channels[-1], classes, kernel_size=1),
        )

    def forward(self, features: Features) -> Tensor:
        """Return logits at the sides of the map."""
        logits: Tensor = self.layers(features.maps[-1])
        return logits


class ChannelsFirst(nn.Module):
    """A head whose logits have the classes last, `[N, H, W, C]`, as one that has them first."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Features) -> Tensor:
        """Return logits `[N, C, H, W]`."""
        logits: Tensor = self.head(features)
        return logits.movedim(-1, 1)


def full_size(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """Return logits `[N, C, H, W]` for each pixel of images of `size`, float32."""
    return interpolate(logits.float(), size, mode="bilinear", align_corners=False)


def choose(logits: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return the likeliest class of each pixel, uint8 `[N, H, W]`, and how likely it is on average, `[N]`."""
    chosen, likely = zip(*_choices(logits, size), strict=True)
    return torch.cat(chosen), torch.cat(likely)


def _choices(logits: Tensor, size: tuple[int, int]) -> Iterator[tuple[Tensor, Tensor]]:
    """Give the choices for a few images at a time: logits of all pixels of all would take much memory."""
    few = max(1, AT_ONCE // (logits.shape[1] * size[0] * size[1]))
    for part in torch.split(logits, few):
        likely, chosen = full_size(part, size).softmax(dim=1).max(dim=1)
        yield chosen.to(torch.uint8), likely.mean(dim=(1, 2))
