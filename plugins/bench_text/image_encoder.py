"""The live side of `hf` for images: processor, encoder and classifier of a transformers checkpoint."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
import transformers
from PIL import Image
from torch import Tensor, nn

from bench import Features, FeatureSpec
from bench.toolkit.images import ImageEncoder, ImageProcessor, Interpolation

from .checkpoint import Checkpoint, reading

SIZE = 224
"""Pixels of an image if neither the model nor the user gives any."""


class HubImageEncoder(ImageEncoder):
    """An image classifier of transformers without its last layer.

    `pooled` is exactly what that layer was given: the class token for ViT and DeiT, the mean of the
    patches for BEiT and Swin, both for DINOv2, the mean over the image for convolutional networks.
    """

    def encode(self, images: Tensor) -> Features:
        """Return the pooled features of normalised images `[N, 3, H, W]`."""
        return Features(_pooled(self.trunk, images))


def load_image_encoder(checkpoint: Checkpoint, image_size: int | None = None) -> ImageEncoder:
    """Return an encoder with its processor and, where the checkpoint has one, its classifier.

    Raises WeightsError if anything is missing or does not fit.
    """
    config = checkpoint.config()
    config.architectures = []  # where a type has several, its first class: the one with a plain classifier
    model, has_classifier = checkpoint.model(
        transformers.AutoModelForImageClassification, config, spare=["classifier."]
    )
    classifier = model.classifier
    model.classifier = nn.Identity()
    processor = _processor(checkpoint, config, image_size)
    width = _width(model, processor)
    classes = _class_names(config) if has_classifier else []
    return HubImageEncoder(
        model, processor, FeatureSpec(width), classifier if has_classifier else None, classes
    )


def _processor(checkpoint: Checkpoint, config: Any, image_size: int | None) -> ImageProcessor:
    if checkpoint.shape is not None:
        size = image_size or getattr(config, "image_size", None) or SIZE
        return ImageProcessor((size, size), (size, size))
    auto: Any = transformers.AutoImageProcessor
    with reading(f"{checkpoint.title}: image processor"):
        loaded = auto.from_pretrained(checkpoint.source, **checkpoint.origin)
    return image_processor(loaded.to_dict(), image_size)


def image_processor(settings: Mapping[str, Any], image_size: int | None = None) -> ImageProcessor:
    """Return the processor that does what the settings of a transformers one (its JSON) say."""
    size, resize, keep_ratio = _sizes(settings)
    if image_size is not None:
        resize = (round(resize[0] * image_size / size[0]), round(resize[1] * image_size / size[1]))
        size = (image_size, image_size)
    # Ours scales bytes to 0..1 first.
    unit = 255 * settings.get("rescale_factor", 1 / 255)
    normalises = settings.get("do_normalize", False)
    mean = settings["image_mean"] if normalises else (0.0, 0.0, 0.0)
    std = settings["image_std"] if normalises else (1.0, 1.0, 1.0)
    return ImageProcessor(
        size,
        resize,
        keep_ratio,
        _interpolation(settings.get("resample", Image.Resampling.BILINEAR)),
        mean=(mean[0] / unit, mean[1] / unit, mean[2] / unit),
        std=(std[0] / unit, std[1] / unit, std[2] / unit),
    )


def _sizes(settings: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int], bool]:
    """Return the size of the result, the size to scale to, and whether that keeps proportions."""
    size = settings["size"]
    if "shortest_edge" not in size:
        resize = (size["height"], size["width"])
    else:
        resize = (size["shortest_edge"], size["shortest_edge"])
    if settings.get("do_center_crop"):
        crop = settings["crop_size"]
        return (crop["height"], crop["width"]), resize, "shortest_edge" in size
    if "crop_pct" in settings and resize[0] < 384:  # ConvNeXt: larger ones are squeezed, not cropped
        larger = int(resize[0] / settings["crop_pct"])
        return resize, (larger, larger), True
    return resize, resize, False


def _interpolation(resample: int) -> Interpolation:
    names: dict[int, Interpolation] = {
        Image.Resampling.NEAREST: "nearest",
        Image.Resampling.BOX: "box",
        Image.Resampling.BILINEAR: "bilinear",
        Image.Resampling.HAMMING: "hamming",
        Image.Resampling.BICUBIC: "bicubic",
        Image.Resampling.LANCZOS: "lanczos",
    }
    return names[resample]


def _pooled(trunk: nn.Module, images: Tensor) -> Tensor:
    # Vision transformers must be told if an image is not of the size that they have positions for.
    stretches = "interpolate_pos_encoding" in inspect.signature(trunk.forward).parameters
    options = {"interpolate_pos_encoding": True} if stretches else {}
    pooled: Tensor = trunk(pixel_values=images, **options).logits
    return pooled.flatten(1)


def _width(trunk: nn.Module, processor: ImageProcessor) -> int:
    """Return the width of the pooled features, found by encoding a black image."""
    trunk.eval()
    with torch.no_grad():
        return _pooled(trunk, torch.zeros(1, 3, *processor.size)).shape[1]


def _class_names(config: Any) -> list[list[str]]:
    """Return all names of each class: ImageNet's come as `tench, Tinca tinca`. Empty if they have none."""
    labels = [config.id2label[number] for number in range(config.num_labels)]
    if labels == [f"LABEL_{number}" for number in range(len(labels))]:
        return []
    return [[label, *label.split(", ")] for label in labels]
