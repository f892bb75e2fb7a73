"""The live side of `masked-image`."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from bench import Batch, Encoder
from bench.toolkit.learner import Learner
from bench.toolkit.moving import moved

from .image_decoder import Decoder
from .image_quality import decibels


class MaskedPixels(Learner):
    """A colour for what is hidden, which is learnt too, and a decoder that predicts what was there."""

    def __init__(self, decoder: Decoder, patch: int, ratio: float) -> None:
        super().__init__()
        self.decoder = decoder
        self.colour = nn.Parameter(torch.full((3,), 0.5))
        self.patch = patch
        self.ratio = ratio

    def loss(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Tensor:
        """Return the mean absolute error over hidden pixels, of values in 0..1."""
        errors, hidden = self.errors(encoder, batch, random)
        return (errors.abs() * hidden).sum() / (3 * hidden.sum())

    def scores(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> Mapping[str, Tensor]:
        """Return how well the hidden pixels of each image are predicted."""
        errors, hidden = self.errors(encoder, batch, random)
        count = 3 * hidden.flatten(1).sum(dim=1)
        absolute, squared = (
            (error * hidden).flatten(1).sum(dim=1) / count for error in (errors.abs(), errors.square())
        )
        return {"masked_l1": absolute, "masked_psnr": decibels(squared)}

    def errors(self, encoder: Encoder, batch: Batch, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the error of each value `[N, 3, H, W]`, and which pixels were hidden `[N, 1, H, W]`."""
        images = batch.inputs["pixels"].float() / 255
        count, _, height, width = images.shape
        patches = random_patches(count, (height, width), self.patch, self.ratio, random)
        hidden = moved(patches, images.device)
        seen = torch.where(hidden, self.colour.view(3, 1, 1), images)
        return self.decoder(encoder({"pixels": 255 * seen})) - images, hidden


def random_patches(
    count: int, size: tuple[int, int], patch: int, ratio: float, random: torch.Generator
) -> Tensor:
    """Return which pixels are hidden, `[N, 1, H, W]`: in each image the same number of random patches.

    At least one is. Where the size is no multiple of the patch, those at the right and bottom are cut.
    """
    height, width = size
    rows, columns = math.ceil(height / patch), math.ceil(width / patch)
    hidden = max(1, round(ratio * rows * columns))
    rank = torch.rand(count, rows * columns, generator=random).argsort(dim=1).argsort(dim=1)
    patches = (rank < hidden).view(count, 1, rows, columns)
    return patches.repeat_interleave(patch, 2).repeat_interleave(patch, 3)[:, :, :height, :width]
