"""Task `super-resolution`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from bench import (
    Batch,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    FeatureSpec,
    Figure,
    Metrics,
    Predictions,
    Processor,
    Sample,
    Targets,
    Task,
    hookimpl,
)

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

FINEST, COARSEST = 1, 8
"""The strides of the maps that are read: what is farther apart says little about details."""


class SuperResolution(Task):
    """An image as it was before it was reduced by a bicubic filter, as Pillow does it, without aliasing.

    The backbone sees the small image, and its `image_size` is that of the small ones. Targets are `{"image":
    uint8 [N, 3, scale * H, scale * W]}`, and `small`, uint8 `[N, 3, H, W]`, which the head is shown.
    Predictions are `pixels`, as `image`, and `brightness`, the mean of values in 0..1, `[N]`. A new input is
    itself the small image.
    """

    name: ClassVar[str] = "super-resolution"
    modality: ClassVar[str] = "image"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"width": 4, "depth": 1, "augmentation": ["flip"], "crop": 8},
        {"width": 4, "depth": 1, "scale": 4},
    )
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("psnr", "dB", "peak signal-to-noise ratio, of the mean squared error of all", "higher"),
        Figure("ssim", doc="mean structural similarity", better="higher", mean_of="ssim"),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "image"
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})
    asks: ClassVar[frozenset[str]] = frozenset({"small"})
    by_class: ClassVar[bool] = False

    scale: Literal[2, 3, 4] = Field(2, description="how many times as high and wide images become")
    width: int = Field(32, ge=1, description="channels of the decoder")
    depth: int = Field(4, ge=1, description="residual blocks of the decoder, two convolutions each")
    crop: int | None = Field(
        None, ge=1, description="side of the random part of small images that is trained on; by default all"
    )
    augmentation: tuple[Literal["flip"], ...] = Field(
        (), description="random changes in training: flip (left-right)"
    )

    def levels(self, spec: FeatureSpec) -> Sequence[int]:
        """Return the maps of strides 1 to 8, or the finest."""
        from bench.toolkit.pyramid import levels_within

        return levels_within(spec, FINEST, COARSEST)

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return what the processor makes of the reduced image, that image, and the one it is made of.

        Raises UnsuitableError if the processor would change the reduced image, or put it into a frame.
        """
        from .reduction import reduced

        if example.target is None:
            inputs = processor(example.input)
            return Sample(inputs, {"small": inputs["pixels"]})
        inputs, image = reduced(example.target, processor, self.scale)
        return Sample(inputs, {"small": inputs["pixels"], "image": image})

    def augment(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Return random parts of the images, each mirrored or not, small and large alike."""
        from .reduction import cropped, flipped

        if self.crop is not None:
            batch = cropped(batch, self.crop, generator)
        return flipped(batch, generator) if "flip" in self.augmentation else batch

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return a decoder that begins as bicubic enlarging."""
        from .enlarging import Enlarger

        return Enlarger(encoder.spec, self.levels(encoder.spec), self.scale, self.width, self.depth)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own enlarger if it has one for this scale."""
        parts = (part for part in encoder.native if part.role == "enlarger" and part.outputs == self.scale)
        part = next(parts, None)
        return None if part is None else part.build()

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the mean absolute error of values in 0..1."""
        from torch.nn.functional import l1_loss

        return l1_loss(head(features), targets["image"] / 255)

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the large images, rounded as files hold them, and how bright each is on average."""
        import torch

        images: Tensor = head(features)
        # Bytes would hide numbers that are not finite.
        brightness = images.float().mean(dim=(1, 2, 3))
        return {"pixels": (255 * images).round().clamp(0, 255).to(torch.uint8), "brightness": brightness}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return each image as the address of a PNG file that holds the file itself."""
        from .sample_grid import png_grid

        files = [png_grid(image.unsqueeze(0), columns=1) for image in predictions["pixels"]]
        return [{"image": f"data:image/png;base64,{b64encode(file).decode()}"} for file in files]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return peak signal-to-noise ratio and structural similarity."""
        from .likeness import Likeness

        return Likeness()


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [SuperResolution]
