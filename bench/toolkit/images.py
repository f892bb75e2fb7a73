"""What authors of image backbones reuse: the input processor, and the encoder that normalises its pixels."""

from __future__ import annotations

import copy
import hashlib
import json
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from ..api import Encoder, Features, FeatureSpec, NativePart
from .blocks import blocks_of
from .heads import OnPooled
from .training import evaluating

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
"""Increased when the processor makes different pixels of an image than before."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]


@dataclass(frozen=True)
class ImageProcessor:
    """Turns a PIL image of any mode into `{"pixels": uint8 [3, height, width]}`, RGB.

    The image is scaled to `resize` (height, width) and the middle of `size` is cut out. With `keep_ratio`
    its proportions stay and it covers `resize`: for a square the shorter side gets that length. An image
    that is already right is not touched. This is how timm and torchvision evaluate their weights.

    mean and std, by channel and for values in 0..1, are for the encoder: they cost it no time, and pixels
    prepared once serve every backbone that differs in these alone. So they are not in the digest.
    """

    size: tuple[int, int]
    resize: tuple[int, int]
    keep_ratio: bool = True
    interpolation: Interpolation = "bilinear"
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    @cached_property
    def digest(self) -> str:
        """The sha256 of all that decides the pixels."""
        rule = [FORMAT, self.size, self.resize, self.keep_ratio, self.interpolation]
        return hashlib.sha256(json.dumps(rule).encode()).hexdigest()

    def __call__(self, raw: Image.Image) -> dict[str, NDArray[np.uint8]]:
        """Return the pixels of an image."""
        image = self._crop(self._scale(_rgb(raw)))
        return {"pixels": np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))}

    def _scale(self, image: Image.Image) -> Image.Image:
        height, width = self.resize
        if self.keep_ratio:
            if image.width * height <= image.height * width:
                height = int(width * image.height / image.width)
            else:
                width = int(height * image.width / image.height)
        if image.size == (width, height):
            return image
        return image.resize((width, height), Image.Resampling[self.interpolation.upper()])

    def _crop(self, image: Image.Image) -> Image.Image:
        height, width = self.size
        if image.size == (width, height):
            return image
        top, left = round((image.height - height) / 2), round((image.width - width) / 2)
        return image.crop((left, top, left + width, top + height))


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):  # Pillow would clip 16 bits to 8, which leaves a white image
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode == "P" and "transparency" in image.info:  # Pillow warns about the direct way
        image = image.convert("RGBA")
    return image.convert("RGB")


class ImageEncoder(Encoder, nn.Module):
    """Normalises pixels and runs a trunk; an image backbone implements `encode`.

    `trunk` holds all parameters. `classifier` is what the weights were trained with: a map from pooled
    features `[N, D]` to logits; it is not part of the encoder. `classes` gives, for each of its outputs,
    the names that the class goes by; it is empty where they are not known.
    """

    processor: ImageProcessor
    mean: Tensor
    std: Tensor

    def __init__(
        self,
        trunk: nn.Module,
        processor: ImageProcessor,
        spec: FeatureSpec,
        classifier: nn.Module | None = None,
        classes: Sequence[Collection[str]] = (),
    ) -> None:
        super().__init__()
        # Convolutions are faster with the channels of a pixel side by side, in weights and in images.
        self.trunk = trunk.to(memory_format=torch.channels_last)
        self.processor = processor
        self.spec = spec
        if classifier is not None:
            self.native = (_native(classifier, spec.pooled, classes),)
        # Saved with the weights: they change what the encoder makes of the same pixels.
        self.register_buffer("mean", torch.tensor(processor.mean).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(processor.std).view(3, 1, 1))

    def forward(self, inputs: Mapping[str, Tensor]) -> Features:
        """Encode `{"pixels": uint8 [N, 3, H, W]}`."""
        pixels = inputs["pixels"].contiguous(memory_format=torch.channels_last)
        # (pixels / 255 - mean) / std, in one pass over memory.
        return self.encode(torch.addcmul(-self.mean / self.std, pixels, 1 / (255 * self.std)))

    @abstractmethod
    def encode(self, images: Tensor) -> Features:
        """Return the features of normalised images `[N, 3, H, W]`."""
        raise NotImplementedError

    def blocks(self) -> Sequence[nn.Module]:
        """Return the blocks of the trunk, shallow to deep."""
        return blocks_of(self.trunk)


def _native(classifier: nn.Module, width: int, classes: Sequence[Collection[str]]) -> NativePart:
    """Return a classifier of pooled features of this width as a part; it is copied for each head."""
    return NativePart(
        "classifier",
        outputs=len(classes) or _outputs(classifier, width),
        build=lambda: OnPooled(copy.deepcopy(classifier)),
        classes=classes,
    )


def _outputs(classifier: nn.Module, width: int) -> int:
    with torch.no_grad(), evaluating(classifier):
        logits: Tensor = classifier(torch.zeros(1, width))
    return logits.shape[1]
