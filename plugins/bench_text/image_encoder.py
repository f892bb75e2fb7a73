"""The live side of `hf` for images: processor, encoder and classifier of a transformers checkpoint."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from torch import Tensor, nn

from bench import Features, FeatureSpec, UnsuitableError, WeightsError
from bench.toolkit.images import Fit, ImageEncoder, ImageProcessor, Interpolation

from .checkpoint import Checkpoint, reading

SIZE = 224
"""Pixels of an image if neither the model nor the user gives any."""

CLOSE = 0.05
"""How far prepared values may be from those of transformers on average, in deviations of ImageNet's."""


class HubImageEncoder(ImageEncoder):
    """An image classifier of transformers without its last layer.

    `pooled` is exactly what that layer was given: the class token for ViT and DeiT, the mean of the
    patches for BEiT and Swin, both for DINOv2, the mean over the image for convolutional networks.
    """

    def encode(self, images: Tensor) -> Features:
        """Return the pooled features of normalised images `[N, 3, H, W]`."""
        return Features(pooled(self.trunk, images))


def load_image_encoder(checkpoint: Checkpoint, image_size: int | None = None) -> ImageEncoder:
    """Return an encoder with its processor and, where the checkpoint has one, its classifier.

    Raises WeightsError if anything is missing or does not fit.
    """
    config = checkpoint.config()
    config.architectures = []  # where a type has several, its first class: the one with a plain classifier
    auto: Any = transformers.AutoModelForImageClassification
    loaded = checkpoint.model(auto, config, spare=["classifier."])
    model, has_classifier = loaded.model, loaded.whole
    classifier = model.classifier
    model.classifier = nn.Identity()
    processor = processor_of(checkpoint, config, image_size)
    width = _width(model, processor)
    classes = checkpoint.class_names(config) if has_classifier else []
    encoder = HubImageEncoder(
        model, processor, FeatureSpec(width), classifier if has_classifier else None, classes
    )
    encoder.notes = loaded.notes
    return encoder


def processor_of(checkpoint: Checkpoint, config: Any, image_size: int | None) -> ImageProcessor:
    """Return what prepares images as the checkpoint's own processor does; raises WeightsError without one."""
    if checkpoint.shape is not None:
        size = image_size or getattr(config, "image_size", None) or SIZE
        return ImageProcessor((size, size), (size, size), rounding_middle="down")
    auto: Any = transformers.AutoImageProcessor
    with reading(f"{checkpoint.title}: image processor"):
        loaded = auto.from_pretrained(checkpoint.source, **checkpoint.origin)
    ours = image_processor(loaded.to_dict())
    if (distance := distance_from(loaded, ours)) > CLOSE:
        raise WeightsError(
            f"{checkpoint.title}: its image processor, {type(loaded).__name__} with these settings, prepares "
            f"images as bench cannot: a value is off by {distance:.3f} of the deviation on average"
        )
    return image_processor(loaded.to_dict(), image_size)


def distance_from(theirs: Any, ours: ImageProcessor) -> float:
    """Return how far what ours makes of a smooth picture is from theirs on average; inf for another shape."""
    rows, columns = np.mgrid[:67, :101]
    waves = [np.sin(rows / 9 + phase) * np.cos(columns / 13 - phase) for phase in range(3)]
    picture = Image.fromarray((127.5 + 127.5 * np.stack(waves, -1)).astype(np.uint8))
    expected = np.asarray(theirs(picture, return_tensors="np")["pixel_values"][0])
    mean, std = (np.reshape(values, (3, 1, 1)) for values in (ours.mean, ours.std))
    found = (ours(picture)["pixels"] / 255 - mean) / std
    return float(abs(found - expected).mean()) if found.shape == expected.shape else float("inf")


def image_processor(settings: Mapping[str, Any], image_size: int | None = None) -> ImageProcessor:
    """Return the processor that does what the settings of a transformers one (its JSON) say.

    Raises UnsuitableError where they leave an image's size as it is.
    """
    size, resize, fit = _sizes(settings)
    if image_size is not None:
        resize = (round(resize[0] * image_size / size[0]), round(resize[1] * image_size / size[1]))
        size = (image_size, image_size)
    mean, std = _normalisation(settings)
    return ImageProcessor(
        size,
        resize,
        fit,
        _interpolation(settings.get("resample") or Image.Resampling.BILINEAR),
        rounding_middle="down",
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
    )


def _sizes(settings: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int], Fit]:
    """Return the size of the result, the size to scale to, and how."""
    if not settings.get("do_resize", True):
        raise UnsuitableError("its image processor leaves images in their own sizes, which cannot be batched")
    size = settings["size"]
    covers = bool(size.get("shortest_edge"))
    resize = (size["shortest_edge"],) * 2 if covers else (size["height"], size["width"])
    if "Levit" in str(settings.get("image_processor_type")):  # no setting of its own says so
        resize = (int(256 / 224 * resize[0]),) * 2 if covers else resize
    cropped, share = settings.get("do_center_crop"), settings.get("crop_pct")
    if cropped and share:  # PoolFormer
        covers, resize = True, (int(resize[0] / share), int(resize[1] / share))
    if cropped:
        crop = settings["crop_size"]
        return (crop["height"], crop["width"]), resize, "cover" if covers else "stretch"
    if share and resize[0] < 384:  # ConvNeXt: larger ones are squeezed, not cropped
        return resize, (int(resize[0] / share),) * 2, "cover"
    return resize, resize, "stretch"


def _normalisation(settings: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """Return mean and deviation by channel, for values in 0..1."""
    unit = 255 * settings.get("rescale_factor", 1 / 255) if settings.get("do_rescale", True) else 255.0
    given = np.asarray(settings.get("image_std") or [1.0] * 3)
    mean, std = np.zeros(3), np.ones(3)
    if settings.get("do_normalize"):
        mean, std = np.asarray(settings["image_mean"]), given
    if settings.get("rescale_offset"):  # EfficientNet: less 1 before all else
        mean = mean + 1
    if settings.get("include_top"):  # EfficientNet: divided by the deviation once more
        std = std * given
    return (mean / unit).tolist(), (std / unit).tolist()


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


def pooled(trunk: nn.Module, images: Tensor) -> Tensor:
    """Return what a classifier of images makes of them, `[N, D]`; without its last layer, their features."""
    # Vision transformers must be told if an image is not of the size that they have positions for.
    stretches = "interpolate_pos_encoding" in inspect.signature(trunk.forward).parameters
    options = {"interpolate_pos_encoding": True} if stretches else {}
    logits: Tensor = trunk(pixel_values=images, **options).logits
    return logits.flatten(1)


def _width(trunk: nn.Module, processor: ImageProcessor) -> int:
    """Return the width of the pooled features, found by encoding a black image."""
    trunk.eval()
    with torch.no_grad():
        return pooled(trunk, torch.zeros(1, 3, *processor.size)).shape[1]
