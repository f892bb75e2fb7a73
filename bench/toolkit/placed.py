"""What authors of tasks on images reuse: an image as it is prepared, and where in it everything lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..api import Inputs, Processor
from .geometry import Placement, placement_of

if TYPE_CHECKING:
    from PIL import Image

CUT = "cut at their sides ('fit: stretch' of the backbone shows all)"


def placed(image: Image.Image, processor: Processor) -> tuple[Inputs, Placement]:
    """Return what a processor makes of an image, with a remark if some of it is cut off, and its placement.

    Raises UnsuitableError if the processor does not say where pixels come to lie.
    """
    placement = placement_of(processor, image)
    return Inputs(processor(image), "" if placement.whole else CUT), placement
