"""What authors of segmentation tasks reuse: heads, loss, predictions and metrics.

Inherit from `Segmentation`, which is whole but for its name. The task is used when planning, so torch
is imported inside the verbs only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ..api import (
    Breakdown,
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
)
from ..errors import UnsuitableError

if TYPE_CHECKING:
    from torch import Tensor, nn

SHALLOWEST, DEEPEST = 4, 32
"""The strides of the maps that a pyramid is made of."""


class Segmentation(Task):
    """A class for each pixel: targets are `{"mask": uint8 [N, H, W]}`, 255 where there is none.

    Predictions are `classes`, uint8 `[N, H, W]`, and `confidence`, the mean probability of these, `[N]`.
    Pixels are those of prepared images, not of those on disk.
    """

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "mean_iou",
            doc="intersection over union of pixels, macro-averaged over classes that occur",
            better="higher",
        ),
        Figure("pixel_accuracy", doc="share of the pixels whose class is right", better="higher"),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "mask"
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})

    decoder: Literal["fpn", "linear"] = Field(
        "fpn", description="fpn: a feature pyramid over maps of strides 4 to 32; linear: on the deepest map"
    )
    width: int = Field(64, ge=1, description="channels of the pyramid")
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout of channels before the last layer")

    def levels(self, spec: FeatureSpec) -> Sequence[int]:
        """Return the maps that the pyramid is made of, or the deepest."""
        if self.decoder == "linear":
            return super().levels(spec)
        from .pyramid import levels_within

        return levels_within(spec, SHALLOWEST, DEEPEST)

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return what the processor makes of an image, and its mask, at the same places.

        Raises UnsuitableError for a mask that is not as large as the image.
        """
        from .placed import placed

        inputs, placement = placed(example.input, processor)
        if example.target is None:
            return Sample(inputs, {})
        if example.target.mode != "L":
            raise UnsuitableError(f"its mask is of mode {example.target.mode}, not L: a class for each pixel")
        return Sample(inputs, {"mask": placement.mask(example.target)})

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return what gives logits of the classes of each position."""
        from .segmentation_heads import LinearMapHead, PyramidHead

        spec, count, levels = encoder.spec, len(info.classes), self.levels(encoder.spec)
        if self.decoder == "linear":
            return LinearMapHead(spec, count, self.dropout)
        return PyramidHead(spec, levels, count, self.width, self.dropout)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own segmenter, cut to the data's classes; None if it does not know them."""
        from .heads import native_classifier
        from .segmentation_heads import ChannelsFirst

        segmenter = native_classifier(encoder, info.classes, "segmenter")
        return None if segmenter is None else ChannelsFirst(segmenter)

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the mean cross-entropy over the pixels that are of a class; 0 if there are none."""
        from torch.nn.functional import cross_entropy

        from .geometry import IGNORED
        from .segmentation_heads import full_size

        mask = targets["mask"].long()
        logits = full_size(head(features), (mask.shape[1], mask.shape[2]))
        total = cross_entropy(logits, mask, ignore_index=IGNORED, reduction="sum")
        mean: Tensor = total / (mask != IGNORED).sum().clamp(min=1)
        return mean

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the likeliest class of each pixel, and how likely these are on average."""
        from .segmentation_heads import choose

        if features.size is None:
            raise UnsuitableError("the backbone's features lack the size of the images; set `Features.size`")
        classes, confidence = choose(head(features), features.size)
        return {"classes": classes, "confidence": confidence}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the share of each image that is of each class, the largest first."""
        from .geometry import placement_of

        pairs = zip(inputs, predictions["classes"], strict=True)
        return [_shares(mask[placement_of(processor, image).inner], info.classes) for image, mask in pairs]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return mean intersection over union, and the share of pixels that are right."""
        from .segmentation_metrics import SegmentationMetrics

        return SegmentationMetrics(len(info.classes))

    def breakdown(self, info: DatasetInfo) -> Breakdown:
        """Return intersection over union, precision and recall of each class, and what is taken for what."""
        from .by_class_of_pixels import ByClassOfPixels

        return ByClassOfPixels(info.classes)


def _shares(mask: Tensor, classes: Sequence[str]) -> Mapping[str, Any]:
    counts = mask.flatten().long().bincount(minlength=len(classes)).tolist()
    shares = {name: count / mask.numel() for name, count in zip(classes, counts, strict=True) if count}
    return {"shares": dict(sorted(shares.items(), key=lambda item: -item[1]))}
