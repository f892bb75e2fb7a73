"""What authors of objectives on images reuse: random views of a batch, as contrastive learning takes them.

All images of a batch are changed at once, where they are, each in its own way. Random numbers are drawn on
the CPU, so that every device sees the same ones.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, one_hot

from .moving import moved

GREY = (0.299, 0.587, 0.114)
"""The shares of red, green and blue in brightness (ITU-R BT.601)."""

MOST_OBLONG = 4 / 3
"""Crops are at most this many times as wide as high, or as high as wide, in pixels of the image."""

JITTERED = 0.8
"""The share of views whose colours change; it and the proportions below are those of Chen et al. 2020."""

HUE = 0.2


def random_view(
    pixels: Tensor,
    random: torch.Generator,
    *,
    smallest: float = 0.2,
    mirrored: float = 0.5,
    jitter: float = 0.5,
    greyscale: float = 0.2,
) -> Tensor:
    """Return a random view of each image: float pixels `[N, 3, H, W]`, 0..255, of uint8 or float ones.

    A view shows a random part of at least `smallest` of the area, scaled to the whole; the share
    `mirrored` of them is left-right reversed. In most of them brightness, contrast and saturation change
    by up to `jitter`, and hue by up to 0.2 * `jitter` of the circle; the share `greyscale` loses its
    colours. After Chen et al. 2020, "A simple framework for contrastive learning", appendix A, without blur.
    """
    count, _, height, width = pixels.shape
    with torch.autocast(pixels.device.type, enabled=False):  # in half precision pixels would be misplaced
        boxes = random_boxes(count, width / height, random, smallest)
        chosen = torch.rand(count, generator=random) < mirrored
        colours, lift = random_colours(count, random, jitter, greyscale)
        return recolour(resized_crop(pixels, boxes, chosen), colours, lift)


def random_boxes(count: int, aspect: float, random: torch.Generator, smallest: float) -> Tensor:
    """Return boxes `[N, 4]` within an image of this width over height: left, top, width, height, in 0..1.

    The area is uniform in `smallest`..1, the logarithm of the proportions uniform around the square.
    """
    area, oblong, left, top = torch.rand(4, count, generator=random)
    area = smallest + (1 - smallest) * area
    oblong = torch.exp((2 * oblong - 1) * math.log(MOST_OBLONG)) / aspect
    width = (area * oblong).sqrt().clamp(max=1)
    height = (area / oblong).sqrt().clamp(max=1)
    return torch.stack([left * (1 - width), top * (1 - height), width, height], dim=1)


def resized_crop(
    pixels: Tensor,
    boxes: Tensor,
    mirrored: Tensor,
    mode: Literal["bilinear", "nearest"] = "bilinear",
) -> Tensor:
    """Return what is in each image's box, scaled to the size of the image, as floats.

    `mirrored` `[N]` says which of them are left-right reversed. Masks of classes are scaled by `nearest`.
    """
    left, top, width, height = boxes.T
    across = torch.where(mirrored, -width, width)
    none = torch.zeros_like(width)
    # From positions in the view to those in the image; both run from -1 to 1.
    place = torch.stack([across, none, 2 * left + width - 1, none, height, 2 * top + height - 1], dim=1)
    place = moved(place.view(-1, 2, 3), pixels.device)
    grid = affine_grid(place, list(pixels.shape), align_corners=False)
    return grid_sample(pixels.float(), grid, mode, padding_mode="border", align_corners=False)


def random_colours(
    count: int, random: torch.Generator, jitter: float, greyscale: float
) -> tuple[Tensor, Tensor]:
    """Return what `recolour` takes: changes in brightness, contrast, saturation and hue, in this order."""
    change, grey = torch.rand(2, count, generator=random)
    strength = jitter * (change < JITTERED)
    brightness, contrast, saturation, hue = strength * (2 * torch.rand(4, count, generator=random) - 1)
    saturation = torch.where(grey < greyscale, -1, saturation)
    colours = hue_turned(HUE * hue) @ saturated(1 + saturation)
    gain = (1 + brightness) * (1 + contrast)
    return gain.view(-1, 1, 1) * colours, -(1 + brightness) * contrast


def saturated(amounts: Tensor) -> Tensor:
    """Return colour matrices `[N, 3, 3]` that keep brightness: 0 gives greys, 1 changes nothing."""
    amounts = amounts.view(-1, 1, 1)
    return amounts * torch.eye(3) + (1 - amounts) * torch.tensor(GREY).expand(3, 3)


def hue_turned(turns: Tensor) -> Tensor:
    """Return colour matrices `[N, 3, 3]` that turn hues around the axis of greys; 1 is the whole circle."""
    angle = 2 * math.pi * turns.view(-1, 1, 1)
    # Rodrigues' formula: a turn by a third of the circle makes red of green, green of blue, blue of red.
    third = one_hot(torch.tensor([1, 2, 0])).float()
    across = (third.T - third) / math.sqrt(3)
    return angle.cos() * torch.eye(3) + (1 - angle.cos()) / 3 + angle.sin() * across


def recolour(pixels: Tensor, colours: Tensor, lift: Tensor) -> Tensor:
    """Return `colours @ pixel + lift * mean`, bounded to 0..255, with the mean brightness of each image.

    pixels: floats `[N, 3, H, W]`. colours: `[N, 3, 3]`. lift: `[N]`. Each step of a colour jitter is of this
    form, and so are all of them together: one product instead of many passes over the pixels.
    """
    count, device = len(pixels), pixels.device
    flat = pixels.flatten(2)
    means = (flat.mean(dim=2) * moved(torch.tensor(GREY), device)).sum(dim=1)
    lifts = (moved(lift, device) * means).view(count, 1, 1)
    return torch.baddbmm(lifts, moved(colours, device), flat).clamp(0, 255).view(pixels.shape)
