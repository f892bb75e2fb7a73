"""Images and smaller versions of them, in pairs that stay together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from bench import Batch, Inputs, Processor, UnsuitableError
from bench.toolkit.geometry import Placement, placement_of
from bench.toolkit.images import rgb
from bench.toolkit.moving import moved
from bench.toolkit.placed import CUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLACK = (0, 0, 0)


def reduced(image: Image.Image, processor: Processor, scale: int) -> tuple[Inputs, NDArray[np.uint8]]:
    """Return what a processor makes of an image that was reduced, and the image `[3, scale * H, scale * W]`.

    Raises UnsuitableError if the processor would change the reduced image, or put it into a frame.
    """
    small_place = placement_of(processor, image)
    if any(start < 0 for start in small_place.start):
        raise UnsuitableError(
            "images would be put into a frame, which is too easily enlarged; set the backbone's `fit` to "
            "cover or stretch"
        )
    place = _times(small_place, scale)
    large = place.picture(rgb(image), Image.Resampling.BICUBIC, BLACK)
    # Pillow widens the filter when it reduces, so nothing finer than the small pixels remains as aliasing.
    small = large.resize((large.width // scale, large.height // scale), Image.Resampling.BICUBIC)
    inputs = processor(small)
    if not np.array_equal(inputs["pixels"], _channels_first(small)):
        raise UnsuitableError(
            "the backbone changes images that have its very size; set its `fit` to cover or stretch"
        )
    return Inputs(inputs, _remark(place)), _channels_first(large)


def _times(place: Placement, scale: int) -> Placement:
    """Return where an image is shown when all that is shown is so many times as large."""
    scaled, start, size = (
        (scale * down, scale * across) for down, across in (place.scaled, place.start, place.size)
    )
    return Placement(place.image, scaled, start, size)


def _remark(place: Placement) -> str:
    enlarged = "enlarged before they were reduced, as 'image_size' asks for more pixels than they have"
    remarks = [] if place.whole else [CUT]
    return "; ".join([enlarged, *remarks] if max(place.scale) > 1 else remarks)


def _channels_first(image: Image.Image) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def cropped(batch: Batch, side: int, generator: torch.Generator) -> Batch:
    """Return a random square of each small image, and the same part of the large one.

    Raises UnsuitableError if it would be larger than the image.
    """
    count, _, height, width = batch.inputs["pixels"].shape
    if side > min(height, width):
        raise UnsuitableError(f"crop: {side} is more than a side of the small images, {height} x {width}")
    tops, lefts = (
        torch.randint(length - side + 1, (count,), generator=generator).tolist() for length in (height, width)
    )

    def part(images: Tensor) -> Tensor:
        by = images.shape[-1] // width
        corners = zip(images, tops, lefts, strict=True)
        return torch.stack(
            [
                image[:, by * top : by * (top + side), by * left : by * (left + side)]
                for image, top, left in corners
            ]
        )

    return _each(batch, part)


def flipped(batch: Batch, generator: torch.Generator) -> Batch:
    """Mirror small and large image of each example, left to right, with a probability of one half."""
    chosen = torch.rand(batch.size, generator=generator) < 0.5

    def turned(images: Tensor) -> Tensor:
        return torch.where(moved(chosen.view(-1, 1, 1, 1), images.device), images.flip(-1), images)

    return _each(batch, turned)


def _each(batch: Batch, change: Callable[[Tensor], Tensor]) -> Batch:
    """Return a batch whose small and large images are changed."""
    images = {name: change(cast(Tensor, batch.targets[name])) for name in ("small", "image")}
    inputs = {**batch.inputs, "pixels": change(batch.inputs["pixels"])}
    return replace(batch, inputs=inputs, targets={**batch.targets, **images})
