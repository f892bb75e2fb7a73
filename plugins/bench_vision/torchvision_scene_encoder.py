"""The detectors and segmenters of torchvision, live."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import torchvision
from torch import Tensor, nn
from torchvision.models import get_model, get_model_weights, list_models
from torchvision.models.detection.image_list import ImageList

from bench import Features, NativePart, UnsuitableError
from bench.toolkit.fitting import apply_weights
from bench.toolkit.image_size import Fit, ImageSize, sides
from bench.toolkit.images import IMAGENET_MEAN, IMAGENET_STD, ImageEncoder, ImageProcessor
from bench.toolkit.weights import read_weights, weights_part, weights_path

from .encoders import spec_by_trial, unreachable
from .pretrained import unknown

MULTIPLE = 32
"""What the sides of images are multiples of, by default."""

AUXILIARY = ("aux_classifier",)
"""Classifiers of segmenters that only help their first training."""

SIDE = 520
"""The side of images that torchvision tests its segmenters with."""


class SceneEncoder(ImageEncoder):
    """Gives the maps of a model that has a backbone of its own, whose trunk it is."""

    def encode(self, images: Tensor) -> Features:
        """Return the maps of normalised images `[N, 3, H, W]`, and the mean of the deepest."""
        return encode(self.trunk, images)


def encode(trunk: nn.Module, images: Tensor) -> Features:
    """Return what a backbone makes of images, shallow to deep as it gives it."""
    maps = tuple(trunk(images).values())
    return Features(maps[-1].mean(dim=(2, 3)), maps)


def load_detector(name: str, weights: str, image_size: ImageSize | None, fit: Fit, who: str) -> SceneEncoder:
    """Build the encoder of a detector by its name; `who` is for messages.

    Raises WeightsError for an unknown model or tag, and where weights cannot be had or do not fit.
    """
    model, categories, notes = _model(name, weights, who, torchvision.models.detection)
    transform = model.transform
    side = -(-transform.min_size[-1] // MULTIPLE) * MULTIPLE
    size = sides(image_size) if image_size else tuple(transform.fixed_size or (side, side))
    processor = _processor(size, fit, transform.image_mean, transform.image_std)
    encoder = _encoder(model, processor, who)
    keys = _keys(model, processor)
    part = NativePart(
        "detector", len(categories), partial(Detector, model, keys), _names(categories, weights)
    )
    encoder.native, encoder.notes = (part,), notes
    return encoder


def load_segmenter(name: str, weights: str, image_size: ImageSize | None, fit: Fit, who: str) -> SceneEncoder:
    """Build the encoder of a segmenter by its name, as `load_detector` does."""
    model, categories, notes = _model(name, weights, who, torchvision.models.segmentation)
    size = sides(image_size or SIDE)
    processor = _processor(size, fit, IMAGENET_MEAN, IMAGENET_STD)
    encoder = _encoder(model, processor, who)
    keys = _keys(model, processor)
    part = NativePart(
        "segmenter", len(categories), partial(Segmenter, model, keys), _names(categories, weights)
    )
    encoder.native, encoder.notes = (part,), notes
    return encoder


def _names(categories: Sequence[str], weights: str) -> list[tuple[str]] | None:
    return None if weights == "none" else [(name,) for name in categories]


def _model(name: str, weights: str, who: str, module: Any) -> tuple[Any, Sequence[str], Sequence[str]]:
    """Return a model in evaluation mode, the names of its classes, and notes on its weights."""
    known = list_models(module=module)
    if name not in known:
        raise unknown(who, "model", name, known, "model")
    catalogue, path = get_model_weights(name), weights_path(weights)
    tag = weights if weights not in ("default", "none") and path is None else "DEFAULT"
    if tag != "DEFAULT" and tag not in catalogue.__members__:
        raise unknown(who, "weights tag", tag, [*catalogue.__members__], "weights")
    entry = catalogue[tag] if tag != "DEFAULT" else catalogue.DEFAULT
    published = entry if weights != "none" and path is None else None
    try:
        # Without weights, too, there are as many outputs as the published ones have classes.
        given = {} if published else {"weights_backbone": None, "num_classes": len(entry.meta["categories"])}
        model = get_model(name, weights=published, progress=False, **given)
    except OSError as error:
        raise unreachable(who, weights, f"; torchvision has them at {entry.url}") from error
    notes: Sequence[str] = ()
    if path is not None:
        source = f"{who}: the weights in {path}"
        notes = apply_weights(model, read_weights(path), source, AUXILIARY, weights_part(weights)).notes
    return model.eval(), entry.meta["categories"], notes


def _processor(
    size: tuple[int, ...], fit: Fit, mean: Sequence[float], std: Sequence[float]
) -> ImageProcessor:
    red, green, blue = (round(255 * value) for value in mean)
    return ImageProcessor(
        (size[0], size[1]),
        (size[0], size[1]),
        fit,
        fill=(red, green, blue),
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
    )


def _encoder(model: Any, processor: ImageProcessor, who: str) -> SceneEncoder:
    spec = spec_by_trial(model.backbone, partial(encode, model.backbone), processor.size, who)
    return SceneEncoder(model.backbone, processor, spec)


@torch.no_grad()
def _keys(model: Any, processor: ImageProcessor) -> list[str]:
    """Return what a model calls the maps of its backbone."""
    return [*model.backbone(torch.zeros(1, 3, *processor.size))]


class Given(nn.Module):
    """In place of a model's backbone: gives the maps that are there already."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__()
        self.keys = list(keys)
        self.maps: Sequence[Tensor] = ()

    def forward(self, images: Tensor) -> OrderedDict[str, Tensor]:
        """Return the maps, whatever the images, and let go of them."""
        maps, self.maps = self.maps, ()
        return OrderedDict(zip(self.keys, maps, strict=True))


class AsPrepared(nn.Module):
    """In place of what a detector prepares images with: they are prepared already."""

    def forward(self, images: Sequence[Tensor], targets: Any = None) -> tuple[ImageList, Any]:
        """Return the images as a list of their sizes."""
        sizes = [(image.shape[1], image.shape[2]) for image in images]
        return ImageList(torch.stack(list(images)), sizes), targets

    def postprocess(self, found: Any, *sizes: Any) -> Any:
        """Return what was found where it was found."""
        return found


class OnMaps(nn.Module):
    """A model of torchvision but for its backbone, whose maps it is given."""

    def __init__(self, model: nn.Module, keys: Sequence[str]) -> None:
        super().__init__()
        own = {name: child for name, child in model.named_children() if name != "backbone"}
        # The backbone is the encoder's; all else is copied for each head.
        self.model = copy.copy(model)
        self.model._modules = {name: copy.deepcopy(child) for name, child in own.items()}
        self.given = Given(keys)
        self.model.add_module("backbone", self.given)

    def images(self, features: Features) -> Tensor:
        """Hand over the maps, and return images of their size that nobody looks at."""
        if features.size is None:
            raise UnsuitableError("the features lack the size of the images; set `Features.size`")
        self.given.maps = [map_.float() for map_ in features.maps]
        return torch.zeros(len(features.maps[0]), 3, *features.size, device=features.maps[0].device)


class Detector(OnMaps):
    """A detector, as the native part of that role."""

    def __init__(self, model: nn.Module, keys: Sequence[str]) -> None:
        super().__init__(model, keys)
        self.model.add_module("transform", AsPrepared())

    def forward(self, features: Features) -> list[dict[str, Tensor]]:
        """Return what is found in each image."""
        images = self.images(features)
        # Its operations on boxes are there in full precision alone.
        with torch.autocast(images.device.type, enabled=False):
            found: list[dict[str, Tensor]] = self.model(list(images))
        return found


class Segmenter(OnMaps):
    """A segmenter, as the native part of that role."""

    def forward(self, features: Features) -> Tensor:
        """Return logits of each pixel, `[N, H, W, outputs]`."""
        images = self.images(features)
        with torch.autocast(images.device.type, enabled=False):
            logits: Tensor = self.model(images)["out"]
        return logits.movedim(1, -1)
