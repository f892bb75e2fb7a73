"""The live side of `hf` for images: processor, encoder and classifier of a transformers checkpoint."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from torch import Tensor, nn

from bench import Features, FeatureSpec, UnsuitableError, WeightsError
from bench.toolkit.checkpoint import Checkpoint, reading
from bench.toolkit.image_size import Fit, ImageSize, sides
from bench.toolkit.images import ImageEncoder, ImageProcessor, Interpolation, trying
from bench.toolkit.maps import Level, as_map, pyramid

SIZE = 224
"""Pixels of an image if neither the model nor the user gives any."""

CLOSE = 0.05
"""How far prepared values may be from those of transformers on average, in deviations of ImageNet's."""


class HubImageEncoder(ImageEncoder):
    """An image classifier of transformers without its last layer.

    `pooled` is exactly what that layer was given: the class token for ViT and DeiT, the mean of the
    patches for BEiT and Swin, both for DINOv2, the mean over the image for convolutional networks. Maps are
    the last hidden states of each stride, `at` being their places among all; of ViT the grid of patches.
    """

    at: tuple[int, ...] = ()

    def encode(self, images: Tensor) -> Features:
        """Return the pooled features of normalised images `[N, 3, H, W]`, and the maps."""
        if not self.at:
            return Features(pooled(self.trunk, images))
        vectors, states = pooled_and_states(self.trunk, images)
        size, deepest = (images.shape[2], images.shape[3]), len(self.at) - 1
        maps = (
            as_map(states[at], size) if level in {deepest, *self.levels} else None
            for level, at in enumerate(self.at)
        )
        return Features(vectors, tuple(images.new_empty(0) if map_ is None else map_ for map_ in maps))


def load_image_encoder(
    checkpoint: Checkpoint, image_size: ImageSize | None = None, fit: Fit | None = None
) -> ImageEncoder:
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
    processor = processor_of(checkpoint, config, image_size).fitted(fit)
    width, levels = _shapes(model, processor, checkpoint.title)
    spec = FeatureSpec(
        width,
        channels=tuple(level.channels for level in levels),
        strides=tuple(level.stride for level in levels),
    )
    classes = checkpoint.class_names(config) if has_classifier else []
    encoder = HubImageEncoder(model, processor, spec, classifier if has_classifier else None, classes)
    encoder.at = tuple(level.at for level in levels)
    encoder.notes = loaded.notes
    return encoder


def processor_of(checkpoint: Checkpoint, config: Any, image_size: ImageSize | None) -> ImageProcessor:
    """Return what prepares images as the checkpoint's own processor does; raises WeightsError without one."""
    if checkpoint.shape is not None:
        size = sides(image_size or _own_size(config) or SIZE)
        return ImageProcessor(size, size, rounding_middle="down")
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


def _own_size(config: Any) -> ImageSize | None:
    own: Any = getattr(config, "image_size", None)
    size: ImageSize | None = (own[0], own[1]) if isinstance(own, list | tuple) else own
    return size


def distance_from(theirs: Any, ours: ImageProcessor) -> float:
    """Return how far what ours makes of a smooth picture is from theirs on average; inf for another shape."""
    rows, columns = np.mgrid[:67, :101]
    waves = [np.sin(rows / 9 + phase) * np.cos(columns / 13 - phase) for phase in range(3)]
    picture = Image.fromarray((127.5 + 127.5 * np.stack(waves, -1)).astype(np.uint8))
    expected = np.asarray(theirs(picture, return_tensors="np")["pixel_values"][0])
    mean, std = (np.reshape(values, (3, 1, 1)) for values in (ours.mean, ours.std))
    found = (ours(picture)["pixels"] / 255 - mean) / std
    return float(abs(found - expected).mean()) if found.shape == expected.shape else float("inf")


def image_processor(settings: Mapping[str, Any], image_size: ImageSize | None = None) -> ImageProcessor:
    """Return the processor that does what the settings of a transformers one (its JSON) say.

    Raises UnsuitableError where images would not all come to one size.
    """
    size, resize, fit = _sizes(settings)
    if image_size is not None:
        height, width = sides(image_size)
        resize = (round(resize[0] * height / size[0]), round(resize[1] * width / size[1]))
        size = (height, width)
    mean, std = _normalisation(settings)
    return ImageProcessor(
        size,
        resize,
        fit,
        _interpolation(settings.get("resample")),
        rounding_middle="down",
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
    )


def _sizes(settings: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int], Fit]:
    """Return the size of the result, the size to scale to, and how."""
    if not settings.get("do_resize", True):
        raise UnsuitableError("its image processor leaves images in their own sizes, which cannot be batched")
    size = settings.get("size") or {}
    covers = bool(size.get("shortest_edge"))
    if not (covers or {"height", "width"} <= size.keys()):
        raise UnsuitableError(f"its image processor scales images to {dict(size)}, which bench cannot")
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


def _interpolation(resample: int | None) -> Interpolation:
    """Return the filter of Pillow by its number; 0 is one, too."""
    if resample is None:
        return "bilinear"
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
    logits: Tensor = _run(trunk, images).logits
    return logits.flatten(1)


def pooled_and_states(trunk: nn.Module, images: Tensor) -> tuple[Tensor, Sequence[Tensor]]:
    """Return what `pooled` does, and the hidden states, shallow to deep; as maps where there are these."""
    output = _run(trunk, images, output_hidden_states=True)
    states = output.get("reshaped_hidden_states") or output.get("hidden_states") or ()
    return output.logits.flatten(1), states


def _run(trunk: nn.Module, images: Tensor, **options: Any) -> Any:
    # Vision transformers must be told if an image is not of the size that they have positions for.
    if "interpolate_pos_encoding" in inspect.signature(trunk.forward).parameters:
        options["interpolate_pos_encoding"] = True
    return trunk(pixel_values=images, **options)


def _shapes(trunk: nn.Module, processor: ImageProcessor, who: str) -> tuple[int, tuple[Level, ...]]:
    """Return the width of the pooled features and the maps, found by encoding a black image."""
    trunk.eval()
    image = torch.zeros(1, 3, *processor.size)
    with torch.no_grad(), trying(processor.size, who):
        vectors, states = pooled_and_states(trunk, image)
        # Not every model computes the same where it is asked for more.
        same = torch.equal(vectors, pooled(trunk, image))
    return vectors.shape[1], pyramid(states, processor.size) if same else ()
