"""From features back to an image: decoders that fit any image encoder.

They give images `[N, 3, height, width]` whose values are meant to be in 0..1, but are not bounded.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from bench import Features, FeatureSpec, Run, UnsuitableError

Bottleneck = Literal["pooled", "map"]

NARROWEST = 16
WIDEST = 128
SMALLEST_SIDE = 4


def image_size(run: Run) -> tuple[int, int]:
    """Return height and width of the images that the run's encoder is given."""
    height, width = run.data("train").take([0]).inputs["pixels"].shape[2:]
    return height, width


class Decoder(nn.Module):
    """Reads the pooled features or the deepest map, and scales what it makes of them to `size`.

    Raises UnsuitableError where there is no map to read.
    """

    def __init__(self, bottleneck: Bottleneck, spec: FeatureSpec, size: tuple[int, int]) -> None:
        super().__init__()
        if bottleneck == "map" and not spec.channels:
            raise UnsuitableError("the backbone gives no map of features; set 'bottleneck: pooled'")
        self.bottleneck = bottleneck
        self.size = size
        self.layers = self.pooled(spec.pooled) if bottleneck == "pooled" else self.map(spec)

    @abstractmethod
    def pooled(self, width: int) -> nn.Module:
        """Return layers from pooled features of this width, `[N, D]`, to an image."""
        raise NotImplementedError

    @abstractmethod
    def map(self, spec: FeatureSpec) -> nn.Module:
        """Return layers from the deepest map, `[N, C, H, W]`, to an image."""
        raise NotImplementedError

    def forward(self, features: Features) -> Tensor:
        """Return the images."""
        code = features.pooled if self.bottleneck == "pooled" else features.maps[-1]
        images: Tensor = self.layers(code).float()
        if images.shape[2:] == self.size:
            return images
        return interpolate(images, self.size, mode="bilinear", align_corners=False)


class LinearDecoder(Decoder):
    """One linear layer; a map's positions each make the pixels that they stand for."""

    def pooled(self, width: int) -> nn.Module:
        """Return a layer that makes all pixels."""
        return nn.Sequential(nn.Linear(width, 3 * math.prod(self.size)), nn.Unflatten(1, (3, *self.size)))

    def map(self, spec: FeatureSpec) -> nn.Module:
        """Return a layer that makes a square of pixels of each position."""
        side = spec.strides[-1]
        return nn.Sequential(nn.Conv2d(spec.channels[-1], 3 * side**2, kernel_size=1), nn.PixelShuffle(side))


class ConvolutionalDecoder(Decoder):
    """Doubles the side with each layer, and ends with few channels: it must cost less than the encoder."""

    def pooled(self, width: int) -> nn.Module:
        """Return layers that begin with a grid of at most 4 positions a side."""
        doublings = max(0, math.ceil(math.log2(max(self.size) / SMALLEST_SIDE)))
        height, wide = (math.ceil(side / 2**doublings) for side in self.size)
        channels = _channels(doublings)
        first = nn.Linear(width, channels * height * wide)
        return nn.Sequential(first, nn.Unflatten(1, (channels, height, wide)), *_upwards(doublings))

    def map(self, spec: FeatureSpec) -> nn.Module:
        """Return layers that begin with the map's positions."""
        doublings = round(math.log2(spec.strides[-1]))
        first = nn.Conv2d(spec.channels[-1], _channels(doublings), kernel_size=1)
        return nn.Sequential(first, *_upwards(doublings))


class ChannelsLast(nn.Module):
    """Puts the channels of a pixel side by side, which makes convolutions faster."""

    def forward(self, maps: Tensor) -> Tensor:
        """Return the same maps."""
        return maps.contiguous(memory_format=torch.channels_last)


def _channels(doublings: int) -> int:
    """Return how many channels there are where so many doublings are to come."""
    return min(WIDEST, NARROWEST << doublings)


def _upwards(doublings: int) -> list[nn.Module]:
    layers: list[nn.Module] = [ChannelsLast()]
    for left in range(doublings, 0, -1):
        inputs, outputs = _channels(left), _channels(left - 1)
        layers += [nn.BatchNorm2d(inputs), nn.ReLU()]
        layers += [nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1, bias=False)]
    return [*layers, nn.BatchNorm2d(NARROWEST), nn.ReLU(), nn.Conv2d(NARROWEST, 3, kernel_size=3, padding=1)]
