"""The two networks of `gan`: images are float `[N, 3, H, W]` with values in -1..1."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from bench import Encoder

SMALLEST = 4
"""The shorter side of the first map of the generator is at least this, and less than twice as much."""
WIDEST = 8
"""A map has at most this times the channels of the last one."""


class Generator(nn.Module):
    """Makes images of latent vectors: a linear map, then doublings (as in DCGAN, Radford et al. 2016).

    A doubling of the side repeats pixels and then convolves: transposed convolutions leave a checkerboard
    (Odena et al. 2016). It halves the channels, as the number of pixels grows by four: so each costs about
    the same. `size` is (height, width), `width` the channels of the last map.
    """

    def __init__(self, latent: int, size: tuple[int, int], width: int) -> None:
        super().__init__()
        self.latent = latent
        self.size = size
        doublings = max(0, math.floor(math.log2(min(size) / SMALLEST)))
        first = [math.ceil(side / 2**doublings) for side in size]
        widths = [width * min(2**left, WIDEST) for left in range(doublings, -1, -1)]
        self.layers = nn.Sequential(
            nn.Linear(latent, widths[0] * first[0] * first[1]),
            nn.Unflatten(1, (widths[0], *first)),
            *_normed(widths[0]),
            *(layer for pair in pairwise(widths) for layer in _doubling(*pair)),
            nn.Conv2d(width, 3, kernel_size=3, padding=1),
            nn.Tanh(),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Return the images `[N, 3, H, W]` of latent vectors `[N, latent]`."""
        height, width = self.size
        images: Tensor = self.layers(latents)
        return images[..., :height, :width]


def _doubling(inputs: int, outputs: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=False)
    return [nn.Upsample(scale_factor=2), convolution, *_normed(outputs)]


def _normed(channels: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(channels), nn.ReLU()]


class Discriminator(nn.Module):
    """Tells real images from generated ones: an encoder, and a linear output on its pooled features."""

    def __init__(self, encoder: Encoder, output: nn.Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.output = output

    def forward(self, images: Tensor) -> Tensor:
        """Return the log-odds `[N]` that images are real."""
        features = self.encoder({"pixels": to_pixels(images)})
        logits: Tensor = self.output(features.pooled)
        return logits.squeeze(1)


def to_images(pixels: Tensor) -> Tensor:
    """Map pixels of 0..255 to -1..1."""
    return pixels.float() / 127.5 - 1


def to_pixels(images: Tensor) -> Tensor:
    """Map values of -1..1 to pixels, float of 0..255."""
    return (images + 1) * 127.5


def to_bytes(images: Tensor) -> Tensor:
    """Map values of -1..1 to pixels, uint8: what a file would hold."""
    return to_pixels(images.float()).round().clamp(0, 255).to(torch.uint8)
