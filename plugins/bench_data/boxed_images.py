"""Images with boxes, read from files on access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench import Box, DataError, Example
from bench.toolkit.images import read_image

from .annotated import Annotated
from .examples import LazyExamples
from .image_files import upright


class BoxedImages(LazyExamples):
    """Images in files, with the boxes of what is in them."""

    def __init__(self, images: Sequence[Annotated]) -> None:
        self.images = images

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    def example(self, index: int) -> Example:
        """Return an image and its boxes in pixels. Raises DataError if its size is not that of the boxes."""
        one = self.images[index]
        image = read_image(one.image, str(one.image))
        if one.shares:
            return Example(image, tuple(_scaled(box, image.width, image.height) for box in one.boxes))
        if image.size != tuple(map(round, one.bounds)):
            width, height = one.bounds
            raise DataError(
                f"{one.where}: says that {one.image.name} has {width:g} x {height:g} pixels, and it has "
                f"{image.width} x {image.height}{upright(one.image)}"
            )
        return Example(image, one.boxes)


def _scaled(box: Box, width: int, height: int) -> Box:
    return replace(
        box,
        left=box.left * width,
        top=box.top * height,
        right=box.right * width,
        bottom=box.bottom * height,
    )
