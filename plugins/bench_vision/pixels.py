"""The encoder that makes nothing of an image."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from bench import Features, FeatureSpec, NativePart
from bench.toolkit.image_size import Fit, ImageSize, sides
from bench.toolkit.images import ImageEncoder, ImageProcessor

from .enlarging import Method, Resample

SCALES = (2, 3, 4)


class Pixels(ImageEncoder):
    """Gives normalised pixels as the only map, and their means as pooled features."""

    def __init__(self, method: Method, size: ImageSize, fit: Fit) -> None:
        processor = ImageProcessor(sides(size), sides(size), fit, interpolation=method)
        super().__init__(nn.Identity(), processor, FeatureSpec(3, (3,), (1,)))
        self.native = tuple(
            NativePart("enlarger", scale, partial(Resample, scale, method), classes=None) for scale in SCALES
        )

    def encode(self, images: Tensor) -> Features:
        """Return normalised images `[N, 3, H, W]` as they are."""
        return Features(images.mean(dim=(2, 3)), (images,))
