"""Transformers' detectors and segmenters, live: encoders of maps, with their own heads."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

import torch
import transformers
from torch import Tensor, nn
from torchvision.ops import box_convert

from bench import Features, FeatureSpec, NativePart
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.image_size import Fit, ImageSize, sides
from bench.toolkit.images import IMAGENET_MEAN, IMAGENET_STD, ImageEncoder, ImageProcessor, trying
from bench.toolkit.maps import stride_of

from .image_encoder import image_processor, processor_of

SIDE = 800
"""The side of images where a detector's processor does not say it."""


class SceneEncoder(ImageEncoder):
    """The part of a detector or segmenter that gives maps, all of which its own head reads."""

    def encode(self, images: Tensor) -> Features:
        """Return the maps of normalised images `[N, 3, H, W]`, and the mean of the deepest."""
        maps = maps_of(self.trunk, images)
        return Features(maps[-1].mean(dim=(2, 3)), maps)


def maps_of(trunk: nn.Module, images: Tensor) -> tuple[Tensor, ...]:
    """Return what the backbone of a detector, or the transformer of a segmenter, makes of images."""
    if isinstance(trunk, transformers.SegformerModel):
        return tuple(trunk(images, output_hidden_states=True).hidden_states)
    found = trunk(images)
    return tuple(getattr(found, "feature_maps", found))  # timm's backbones give them as a list


def load_scene_encoder(
    checkpoint: Checkpoint, role: str, image_size: ImageSize | None = None, fit: Fit | None = None
) -> SceneEncoder:
    """Return the encoder of a `detector` or `segmenter`, with its own head where it has weights.

    Raises WeightsError if anything is missing or does not fit.
    """
    config = checkpoint.config()
    build: Callable[[], nn.Module]
    if role == "detector":
        loaded = checkpoint.model(transformers.AutoModelForObjectDetection, config)
        trunk = loaded.model.model.backbone.model
        build = partial(Detector, loaded.model)
        processor = _detector_processor(checkpoint, image_size, fit)
    else:
        loaded = checkpoint.model(transformers.AutoModelForSemanticSegmentation, config)
        trunk, build = loaded.model.segformer, partial(Segmenter, loaded.model)
        processor = processor_of(checkpoint, config, image_size).fitted(fit)
    # DETR freezes a part, but what is trained is not the encoder's choice.
    loaded.model.eval().requires_grad_(True)
    encoder = SceneEncoder(trunk, processor, _spec(trunk, processor, checkpoint.title))
    if loaded.whole:
        names = checkpoint.class_names(config)
        encoder.native = (NativePart(role, config.num_labels, build, names),)
    encoder.notes = loaded.notes
    return encoder


@torch.no_grad()
def _spec(trunk: nn.Module, processor: ImageProcessor, who: str) -> FeatureSpec:
    """Return channels and strides of all maps, found by encoding a black image."""
    size = processor.size
    with trying(size, who):
        maps = maps_of(trunk, torch.zeros(1, 3, *size))
    strides = (stride_of((map_.shape[2], map_.shape[3]), size) or size[0] // map_.shape[2] for map_ in maps)
    channels = tuple(map_.shape[1] for map_ in maps)
    return FeatureSpec(channels[-1], channels, tuple(strides))


def _detector_processor(
    checkpoint: Checkpoint, image_size: ImageSize | None, fit: Fit | None
) -> ImageProcessor:
    """Return the processor of a detector, which takes images of any size: here all come to one."""
    settings: dict[str, Any] = {"do_normalize": True, "image_mean": IMAGENET_MEAN, "image_std": IMAGENET_STD}
    if checkpoint.shape is None:
        auto: Any = transformers.AutoImageProcessor
        with reading(f"{checkpoint.title}: image processor"):
            settings = auto.from_pretrained(checkpoint.source, **checkpoint.origin).to_dict()
    height, width = sides(image_size or settings.get("size", {}).get("shortest_edge") or SIDE)
    settings["size"] = {"height": height, "width": width}
    return image_processor(settings).fitted(fit or "contain")


class Given(nn.Module):
    """In place of a detector's backbone: gives the maps that are there already."""

    maps: Sequence[Tensor] = ()

    def forward(self, images: Tensor) -> Sequence[Tensor]:
        """Return the maps, whatever the images, and let go of them."""
        maps, self.maps = self.maps, ()
        return maps


class Detector(nn.Module):
    """DETR but for its backbone, as the native part of that role."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.given = Given()
        # A copy for each head, in which the backbone, which is the encoder's, is replaced.
        self.model = copy.deepcopy(model, {id(model.model.backbone.model): self.given})

    def forward(self, features: Features) -> list[dict[str, Tensor]]:
        """Return what is found in each image, the surest first."""
        height, width = cast(tuple[int, int], features.size)
        self.given.maps = features.maps
        output = self.model(features.maps[-1].new_zeros(len(features.maps[-1]), 3, height, width))
        scores, labels = output.logits.float().softmax(dim=-1)[..., :-1].max(dim=-1)
        boxes = box_convert(output.pred_boxes.float(), "cxcywh", "xyxy")
        boxes = boxes * boxes.new_tensor([width, height, width, height])
        order = scores.argsort(dim=-1, descending=True, stable=True)
        return [
            {"boxes": box[best], "scores": score[best], "labels": label[best]}
            for box, score, label, best in zip(boxes, scores, labels, order, strict=True)
        ]


class Segmenter(nn.Module):
    """The decoder of SegFormer, as the native part of that role."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.decoder = copy.deepcopy(model.decode_head)

    def forward(self, features: Features) -> Tensor:
        """Return logits of the places of the finest map, `[N, H, W, outputs]`."""
        logits: Tensor = self.decoder(features.maps)
        return logits.movedim(1, -1)
