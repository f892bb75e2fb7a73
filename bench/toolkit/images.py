"""What authors of image backbones reuse: the input processor, and the encoder that normalises its pixels."""

from __future__ import annotations

import copy
import hashlib
import json
from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor, nn

from ..api import Encoder, Features, FeatureSpec, NativePart
from ..errors import DataError, UnsuitableError
from .blocks import blocks_of
from .files import read_regular
from .geometry import Placement
from .heads import OnPooled
from .image_formats import formats_of
from .image_size import Fit
from .messages import one_line
from .training import evaluating

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 2
"""Increased when the processor makes different pixels of an image than before."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

Interpolation = Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]

DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's modes of more than eight bits a channel."""

Rounding = Literal["down", "nearest"]
"""What becomes of half a pixel. Nearest of two that are as near is the even one, as in Python."""


@dataclass(frozen=True)
class ImageProcessor:
    """Turns a PIL image of any mode into `{"pixels": uint8 [3, height, width]}`, RGB.

    The image is scaled to `resize` (height, width), as `fit` says, and the middle of `size` is cut out; where
    the image is smaller, `fill` (red, green, blue; 0 to 255) is put around it. An image that is already right
    is not touched. Libraries agree on this but for rounding: `rounding_length` is that of the side that the
    other one determines (torchvision and transformers round down, timm does so for squares that are covered),
    `rounding_middle` that of the place where the middle begins (transformers rounds down).

    mean and std, by channel and for values in 0..1, are for the encoder: they cost it no time, and pixels
    prepared once serve every backbone that differs in these alone. So they are not in the digest.
    """

    size: tuple[int, int]
    resize: tuple[int, int]
    fit: Fit = "cover"
    interpolation: Interpolation = "bilinear"
    fill: tuple[int, int, int] = (0, 0, 0)
    rounding_length: Rounding = "down"
    rounding_middle: Rounding = "nearest"
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    @cached_property
    def digest(self) -> str:
        """The sha256 of all that decides the pixels."""
        rule = {name: value for name, value in asdict(self).items() if name not in ("mean", "std")}
        return hashlib.sha256(json.dumps([FORMAT, rule], sort_keys=True).encode()).hexdigest()

    def __call__(self, raw: Image.Image) -> dict[str, NDArray[np.uint8]]:
        """Return the pixels of an image; raises DataError for one whose values have no known range."""
        image = rgb(raw)
        resampling = Image.Resampling[self.interpolation.upper()]
        placed = self.placement(image.height, image.width).picture(image, resampling, self.fill)
        return {"pixels": np.ascontiguousarray(np.asarray(placed).transpose(2, 0, 1))}

    def placement(self, height: int, width: int) -> Placement:
        """Return where the pixels of an image of this height and width come to lie."""
        scaled = self._lengths(height, width)
        top, left = (self._before(*lengths) for lengths in zip(scaled, self.size, strict=True))
        return Placement((height, width), scaled, (top, left), self.size)

    def fitted(self, fit: Fit | None) -> ImageProcessor:
        """Return a processor that fits whole images into the size so, without a margin that is cut off.

        That is to say this one, if `fit` is None. With `cover`, what does not fit is still cut off.
        """
        return self if fit is None else replace(self, fit=fit, resize=self.size)

    def _lengths(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width to which an image of these is scaled."""
        to_height, to_width = self.resize
        if self.fit == "stretch":
            return self.resize
        narrow = width * to_height <= height * to_width  # compared with what it is scaled to
        if narrow == (self.fit == "cover"):
            return max(1, _rounded(to_width * height / width, self.rounding_length)), to_width
        return to_height, max(1, _rounded(to_height * width / height, self.rounding_length))

    def _before(self, has: int, wanted: int) -> int:
        """Return how much is cut off before the middle of a side; if negative, how much is put there."""
        if wanted > has:
            return -((wanted - has) // 2)
        return _rounded((has - wanted) / 2, self.rounding_middle)


def rgb(image: Image.Image) -> Image.Image:
    """Return an image of any mode in RGB, eight bits a channel.

    Pillow would clip what has more of them. Integers of 16 bits are scaled down from their whole range;
    floats must be within 0 to 1. Raises DataError for other floats, and for integers of 32 bits, as nothing
    says what range they use.
    """
    if image.mode in DEEP:
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    if image.mode == "P" and "transparency" in image.info:  # Pillow warns about the direct way
        image = image.convert("RGBA")
    return image.convert("RGB")


def _eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    if values.dtype.kind == "f":
        if not (values.min() >= 0 and values.max() <= 1):
            raise DataError(
                f"its values are {values.min():g} to {values.max():g}; scale floats to 0 to 1, or save 8 bits"
            )
        scaled: NDArray[np.uint8] = np.rint(values * 255).astype(np.uint8)
        return scaled
    if values.dtype.itemsize > 2:
        raise DataError("its integers have 32 bits, of which nothing says the range; save it with 8 or 16")
    high: NDArray[np.uint8] = (values >> 8).astype(np.uint8)
    return high


def _rounded(length: float, rounding: Rounding) -> int:
    return int(length) if rounding == "down" else round(length)


def read_image(source: Path | bytes, where: str, *, deep: bool = False) -> Image.Image:
    """Decode an image file, the right way up, in the mode it is stored in.

    Deeper ones come with eight bits, unless `deep` says that their values are wanted as they are.

    Of a file only the formats are tried that its ending stands for. Raises DataError, which says `where`, if
    it is no readable image, or its values have no known range.
    """
    # Pillow loads the rarer formats when first needed; another thread that needs them then would go without.
    Image.preinit()
    Image.init()
    try:
        content = source if isinstance(source, bytes) else read_regular(source)
        image = Image.open(BytesIO(content), formats=formats_of(source))
        image.load()
        upright = ImageOps.exif_transpose(image)
        return upright if deep else _shallow(upright, image.format)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    except UnidentifiedImageError as error:
        of_kind = "" if isinstance(source, bytes) else f" of the kind that {source.suffix!r} stands for"
        raise DataError(f"{where}: not a readable image{of_kind}") from error
    # Pillow's decoders raise whatever goes wrong in them: SyntaxError, struct.error, zlib.error, ...
    except Exception as error:
        raise DataError(f"{where}: not a readable image: {one_line(error)}") from error


def _shallow(image: Image.Image, kind: str | None) -> Image.Image:
    """Return an image from a file of this kind with eight bits a channel, read in its full range."""
    if image.mode not in DEEP:
        return image
    # Pillow gives 16-bit Netpbm files, and no others, 32 bits.
    return rgb(image.convert("I;16") if kind == "PPM" else image)


@contextmanager
def trying(size: tuple[int, int], who: str) -> Iterator[None]:
    """Raise UnsuitableError for what a model raises that cannot take images of a size, height and width."""
    try:
        yield
    except (RuntimeError, ValueError, AssertionError) as error:
        raise UnsuitableError(
            f"{who}: cannot take images of {size[0]} x {size[1]} pixels ({one_line(error)}); "
            "set another 'image_size'"
        ) from error


class ImageEncoder(Encoder, nn.Module):
    """Normalises pixels and runs a trunk; an image backbone implements `encode`.

    `trunk` holds all parameters. `classifier` is what the weights were trained with: a map from pooled
    features `[N, D]` to logits; it is not part of the encoder. `classes` gives, for each of its outputs,
    the names that the class goes by: empty where they are not known, None where it is untrained.
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
        classes: Sequence[Collection[str]] | None = (),
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
        features = self.encode(torch.addcmul(-self.mean / self.std, pixels, 1 / (255 * self.std)))
        return replace(features, size=(pixels.shape[2], pixels.shape[3]))

    @abstractmethod
    def encode(self, images: Tensor) -> Features:
        """Return the features of normalised images `[N, 3, H, W]`."""
        raise NotImplementedError

    def blocks(self) -> Sequence[nn.Module]:
        """Return the blocks of the trunk, shallow to deep."""
        return blocks_of(self.trunk)


def _native(classifier: nn.Module, width: int, classes: Sequence[Collection[str]] | None) -> NativePart:
    """Return a classifier of pooled features of this width as a part; it is copied for each head."""
    return NativePart(
        "classifier",
        outputs=len(classes or ()) or _outputs(classifier, width),
        build=lambda: OnPooled(copy.deepcopy(classifier)),
        classes=classes,
    )


def _outputs(classifier: nn.Module, width: int) -> int:
    with torch.no_grad(), evaluating(classifier):
        logits: Tensor = classifier(torch.zeros(1, width))
    return logits.shape[1]
