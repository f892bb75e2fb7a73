"""Random changes of images, on whole batches of pixels `[N, C, H, W]` where they are.

Random numbers are drawn on the CPU, so that every device sees the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from bench import Batch

SHIFT = 8
"""Images move by at most the side over this: 4 of 32 pixels, as in He et al. 2015, section 4.2."""


def flip(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each image, left to right, with a probability of one half."""
    chosen = torch.rand(len(pixels), generator=generator) < 0.5
    return torch.where(chosen.to(pixels.device).view(-1, 1, 1, 1), pixels.flip(-1), pixels)


def shift(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Move each image by up to 1/8 of its height and width; what comes in is black."""
    count, _, height, width = pixels.shape
    down, right = height // SHIFT, width // SHIFT
    rows = _windows(count, height, down, generator).to(pixels.device)
    columns = _windows(count, width, right, generator).to(pixels.device)
    padded = pad(pixels, (right, right, down, down))
    images = torch.arange(count, device=pixels.device)
    # Indices around a slice put the channels last: [N, H, W, C].
    moved = padded[images.view(-1, 1, 1), :, rows.unsqueeze(2), columns.unsqueeze(1)]
    return moved.permute(0, 3, 1, 2).contiguous()


def _windows(count: int, length: int, most: int, generator: torch.Generator) -> Tensor:
    """Return the positions that each image shows of an axis padded by `most` on both sides, `[N, length]`."""
    starts = torch.randint(2 * most + 1, (count, 1), generator=generator)
    return starts + torch.arange(length)


AUGMENTATIONS: Mapping[str, Callable[[Tensor, torch.Generator], Tensor]] = {"flip": flip, "shift": shift}


def augmented(batch: Batch, names: Sequence[str], generator: torch.Generator) -> Batch:
    """Return a batch with its pixels changed in the ways named, in that order."""
    pixels = batch.inputs["pixels"]
    for name in names:
        pixels = AUGMENTATIONS[name](pixels, generator)
    return replace(batch, inputs={**batch.inputs, "pixels": pixels})
