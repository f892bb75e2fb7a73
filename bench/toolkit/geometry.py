"""What authors of tasks on images reuse: where what is marked in an image comes to lie when it is prepared.

Edges of boxes are left, top, right and bottom, in pixels from the upper left corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from PIL import Image

from ..api import Processor
from ..errors import UnsuitableError

if TYPE_CHECKING:
    from numpy.typing import NDArray

IGNORED = 255
"""The value of pixels of a mask that are of no class."""


@dataclass(frozen=True)
class Placement:
    """An image is scaled to `scaled`, and of this `size` is shown from `start` on; height and width each.

    `start`, row and column, may be negative: so much is put around it.
    """

    image: tuple[int, int]
    scaled: tuple[int, int]
    start: tuple[int, int]
    size: tuple[int, int]

    @property
    def whole(self) -> bool:
        """Whether nothing of the image is cut off."""
        shown = zip(self.start, self.scaled, self.size, strict=True)
        return all(start <= 0 and start + size >= scaled for start, scaled, size in shown)

    @property
    def inner(self) -> tuple[slice, slice]:
        """The rows and columns of what is prepared that show the image, without what is put around it."""
        rows, columns = (
            slice(max(0, -start), min(size, scaled - start))
            for start, scaled, size in zip(self.start, self.scaled, self.size, strict=True)
        )
        return rows, columns

    @property
    def scale(self) -> tuple[float, float]:
        """How many prepared pixels one of the image is, down and across."""
        (height, width), (to_height, to_width) = self.image, self.scaled
        return to_height / height, to_width / width

    def picture(
        self, image: Image.Image, resampling: Image.Resampling, fill: int | tuple[int, int, int]
    ) -> Image.Image:
        """Return an image of one or three channels as it is prepared; `fill` is the colour put around it."""
        (height, width), (top, left) = self.scaled, self.start
        if image.size != (width, height):
            image = image.resize((width, height), resampling)
        height, width = self.size
        if image.size == (width, height):
            return image
        if top >= 0 and left >= 0 and top + height <= image.height and left + width <= image.width:
            return image.crop((left, top, left + width, top + height))
        framed = Image.new(image.mode, (width, height), fill)
        framed.paste(image, (-left, -top))
        return framed

    def mask(self, mask: Image.Image) -> NDArray[np.uint8]:
        """Return the classes of the prepared pixels, `[height, width]`, of those of the image's.

        Each is that of the nearest pixel; what is put around the image is `IGNORED`. Raises UnsuitableError
        if the mask is not as large as the image.
        """
        if (mask.height, mask.width) != self.image:
            height, width = self.image
            raise UnsuitableError(
                f"its mask has {mask.width} x {mask.height} pixels, and the image {width} x {height}"
            )
        return np.array(self.picture(mask, Image.Resampling.NEAREST, IGNORED), np.uint8)

    def edges(self, edges: NDArray[Any]) -> NDArray[np.float32]:
        """Return where boxes `[B, 4]` in the image are in what is prepared of it.

        What is cut off is cut off of them, too; one that is cut off as a whole has no area.
        """
        vertical, horizontal = self.scale
        (top, left), (height, width) = self.start, self.size
        moved = edges * (horizontal, vertical, horizontal, vertical) - np.array((left, top, left, top))
        shown: NDArray[np.float32] = np.clip(moved, 0, (width, height, width, height)).astype(np.float32)
        return shown

    def back(self, edges: NDArray[Any]) -> NDArray[np.float64]:
        """Return where boxes `[B, 4]` in prepared pixels are in the image, within its bounds."""
        vertical, horizontal = self.scale
        (top, left), (height, width) = self.start, self.image
        moved = (edges + np.array((left, top, left, top))) / (horizontal, vertical, horizontal, vertical)
        bounded: NDArray[np.float64] = np.clip(moved, 0, (width, height, width, height))
        return bounded


@runtime_checkable
class Placing(Protocol):
    """A processor of images that says where their pixels come to lie, as `ImageProcessor` does."""

    def placement(self, height: int, width: int) -> Placement:
        """Return where the pixels of an image of this height and width come to lie."""
        ...


def placement_of(processor: Processor, image: Image.Image) -> Placement:
    """Return where the pixels of an image come to lie.

    Raises UnsuitableError if the processor does not say.
    """
    if not isinstance(processor, Placing):
        raise UnsuitableError(
            "the backbone's processor does not say where pixels come to lie, so that masks and boxes could "
            "be moved with them; give it a method 'placement', or use ImageProcessor"
        )
    return processor.placement(image.height, image.width)
