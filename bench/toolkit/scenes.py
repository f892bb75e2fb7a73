"""What authors of tasks on images reuse: random changes that what is marked in an image takes part in.

All images of a batch are changed at once, where they are, each in its own way. Random numbers are drawn on
the CPU, so that every device sees the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from .geometry import IGNORED
from .moving import moved
from .views import random_boxes, resized_crop

SHIFT = 8
"""Images move by at most the side over this: 4 of 32 pixels, as in He et al. 2015, section 4.2."""

SMALLEST = 0.3
"""A crop shows at least this share of the image's area."""


@dataclass(frozen=True)
class Scene:
    """N images, `pixels` `[N, C, H, W]`, and what is marked in them.

    mask: the class of each pixel, uint8 `[N, H, W]`. boxes: left, top, right, bottom in pixels, floats
    `[N, B, 4]`; one that is out of sight has no area.
    """

    pixels: Tensor
    mask: Tensor | None = None
    boxes: Tensor | None = None


def flip(scene: Scene, generator: torch.Generator) -> Scene:
    """Mirror each image, left to right, with a probability of one half."""
    chosen = torch.rand(len(scene.pixels), generator=generator) < 0.5
    return _mirrored(scene, moved(chosen, scene.pixels.device))


def _mirrored(scene: Scene, chosen: Tensor) -> Scene:
    def turned(images: Tensor) -> Tensor:
        return torch.where(chosen.view(-1, *[1] * (images.ndim - 1)), images.flip(-1), images)

    mask, boxes, width = scene.mask, scene.boxes, scene.pixels.shape[-1]
    if boxes is not None:
        left, top, right, bottom = boxes.unbind(-1)
        other = torch.stack([width - right, top, width - left, bottom], dim=-1)
        boxes = torch.where(chosen.view(-1, 1, 1), other, boxes)
    return Scene(turned(scene.pixels), None if mask is None else turned(mask), boxes)


def shift(scene: Scene, generator: torch.Generator) -> Scene:
    """Move each image by up to 1/8 of its height and width; what comes in is black, and of no class."""
    count, _, height, width = scene.pixels.shape
    down, right = height // SHIFT, width // SHIFT
    rows = torch.randint(2 * down + 1, (count, 1), generator=generator)
    columns = torch.randint(2 * right + 1, (count, 1), generator=generator)

    def shifted(images: Tensor, fill: int) -> Tensor:
        padded = pad(images, (right, right, down, down), value=fill)
        at = torch.arange(count).view(-1, 1, 1), (rows + torch.arange(height)).unsqueeze(2)
        places = [
            moved(index, images.device) for index in (*at, (columns + torch.arange(width)).unsqueeze(1))
        ]
        # Indices around a slice put the channels last: [N, H, W, C].
        return padded[places[0], :, places[1], places[2]].permute(0, 3, 1, 2).contiguous()

    mask, boxes = scene.mask, scene.boxes
    if boxes is not None:
        by = torch.cat([right - columns, down - rows, right - columns, down - rows], dim=1)
        boxes = _within(boxes + moved(by, boxes.device).to(boxes.dtype).unsqueeze(1), height, width)
    return Scene(
        shifted(scene.pixels, 0),
        None if mask is None else shifted(mask.unsqueeze(1), IGNORED).squeeze(1),
        boxes,
    )


def crop(scene: Scene, generator: torch.Generator) -> Scene:
    """Scale a random part of each image, of at least 0.3 of its area, to the whole; pixels become floats."""
    count, _, height, width = scene.pixels.shape
    parts = random_boxes(count, width / height, generator, SMALLEST)
    unmirrored = torch.zeros(count, dtype=torch.bool)
    shown = replace(scene, pixels=resized_crop(scene.pixels, parts, unmirrored))
    if scene.mask is not None:
        nearest = resized_crop(scene.mask.unsqueeze(1), parts, unmirrored, "nearest")
        shown = replace(shown, mask=nearest.squeeze(1).to(scene.mask.dtype))
    if scene.boxes is not None:
        sides, left_top, extent = (
            moved(part, scene.boxes.device).to(scene.boxes.dtype)
            for part in (
                torch.tensor([width, height, width, height]),
                *(half.repeat(1, 2).unsqueeze(1) for half in torch.split(parts, 2, dim=1)),
            )
        )
        boxes = (scene.boxes / sides - left_top) / extent * sides
        shown = replace(shown, boxes=_within(boxes, height, width))
    return shown


def _within(boxes: Tensor, height: int, width: int) -> Tensor:
    across, down = boxes[..., 0::2].clamp(0, width), boxes[..., 1::2].clamp(0, height)
    return torch.stack([across[..., 0], down[..., 0], across[..., 1], down[..., 1]], dim=-1)
