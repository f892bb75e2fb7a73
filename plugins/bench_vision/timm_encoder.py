"""The models of timm, live."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import timm
import torch
from timm.data import ImageNetInfo, infer_imagenet_subset, resolve_data_config
from torch import Tensor, nn

from bench import Features, FeatureSpec, WeightsError
from bench.toolkit.fitting import Applied, apply_weights
from bench.toolkit.image_size import Fit, ImageSize, sides
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.toolkit.maps import Level, as_map, pyramid
from bench.toolkit.training import evaluating
from bench.toolkit.weights import read_weights, weights_part, weights_path

from .encoders import for_size, spec_by_trial, take_out, unreachable
from .pretrained import unknown

CROP_MODES: dict[Fit, str] = {"stretch": "squash", "contain": "border", "cover": "center"}
"""What timm calls them; it has more ways to cover."""

FITS: dict[str, Fit] = {mode: fit for fit, mode in CROP_MODES.items()}


def load(name: str, weights: str, image_size: ImageSize | None, fit: Fit | None, who: str) -> ImageEncoder:
    """Build the encoder of a model by its name, with the weights of a setting; `who` is for messages.

    Raises WeightsError for an unknown model or tag, and where weights cannot be had or do not fit;
    UnsuitableError if the model cannot take images of the size.
    """
    downloaded = weights != "none" and weights_path(weights) is None
    try:
        model, _ = build(full_name(name, weights, who), image_size, pretrained=downloaded)
    except OSError as error:
        raise unreachable(who, weights) from error
    return encoder_of(model, weights, image_size, fit, who)


def encoder_of(
    model: Any, weights: str, image_size: ImageSize | None, fit: Fit | None, who: str
) -> TimmEncoder:
    """Return the encoder of timm's model, which holds its weights already unless the setting names a file.

    Raises WeightsError and UnsuitableError as `load` does.
    """
    path, applied = weights_path(weights), Applied(head=True)
    if path is not None:
        source, part = f"{who}: the weights in {path}", weights_part(weights)
        applied = apply_weights(model, read_weights(path), source, classifier_names(model), part)
    processor = processor_of(model.pretrained_cfg, image_size, fit)
    classes = None if weights == "none" else class_names(model)
    classifier = take_classifier(model)
    last = spec_by_trial(model, partial(encode, model), processor.size, who)
    shallow = shallow_levels(model, processor.size, last)
    spec = FeatureSpec(
        last.pooled,
        channels=(*(level.channels for level in shallow), *last.channels),
        strides=(*(level.stride for level in shallow), *last.strides),
    )
    encoder = TimmEncoder(model, processor, spec, classifier if applied.head else None, classes)
    encoder.shallow = tuple(level.at for level in shallow)
    encoder.notes = applied.notes
    return encoder


class TimmEncoder(ImageEncoder):
    """Gives what timm's classifier reads, and where the model has maps the last of each stride.

    `shallow` are timm's indices of those before the very last.
    """

    shallow: tuple[int, ...] = ()

    def encode(self, images: Tensor) -> Features:
        """Return the features of normalised images `[N, 3, H, W]`."""
        wanted = [at if level in self.levels else None for level, at in enumerate(self.shallow)]
        return encode(self.trunk, images, wanted)


def encode(model: Any, images: Tensor, shallow: Sequence[int | None] = ()) -> Features:
    """Return maps and the pooled features of a timm model.

    The maps are those of timm's indices, empty for None, and the last one, if it is a map.
    """
    indices = [at for at in shallow if at is not None]
    if indices:
        last, found = model.forward_intermediates(images, indices)
    else:
        last, found = model.forward_features(images), ()
    maps = iter(found)
    before = (images.new_empty(0) if at is None else next(maps) for at in shallow)
    return Features(model.forward_head(last, pre_logits=True), (*before, *last_map(model, last, images)))


def last_map(model: Any, last: object, images: Tensor) -> tuple[Tensor, ...]:
    """Return what a timm model computed last as a map `[N, C, H, W]`; nothing if it is none."""
    if not isinstance(last, Tensor):
        return ()
    if last.ndim == 4:
        return (last.permute(0, 3, 1, 2),) if getattr(model, "output_fmt", "NCHW") == "NHWC" else (last,)
    tokens = last[:, getattr(model, "num_prefix_tokens", 0) :]
    map_ = as_map(tokens, (images.shape[2], images.shape[3]))
    return () if map_ is None or map_.shape[2] * map_.shape[3] != tokens.shape[1] else (map_,)


def shallow_levels(model: Any, size: tuple[int, int], spec: FeatureSpec) -> tuple[Level, ...]:
    """Return the maps before the last of a timm model, by their indices, for images of `size`.

    `spec` is that of the last one alone. There are none if the model has no map, or if timm stops before the
    last where it gives others.
    """
    images = torch.zeros(1, 3, *size)
    try:
        with torch.no_grad(), evaluating(model):
            last, maps = model.forward_intermediates(images)
    except (AttributeError, TypeError, ValueError, RuntimeError, AssertionError, NotImplementedError):
        return ()
    if not spec.channels or [map_.shape[1] for map_ in last_map(model, last, images)] != list(spec.channels):
        return ()
    return tuple(level for level in pyramid(maps, size) if level.stride < spec.strides[-1])


def full_name(name: str, weights: str, who: str) -> str:
    """Return timm's name for a model and the weights asked for: `resnet18.a1_in1k`."""
    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise unknown(who, "model", architecture, timm.list_models())
    if weights not in ("default", "none") and weights_path(weights) is None:
        tag = weights
    tags = [known.partition(".")[2] for known in timm.list_pretrained(architecture)]
    if tag and tag not in tags:
        raise unknown(who, "weights tag", tag, tags)
    if weights == "default" and not tags:
        raise WeightsError(f"{who}: timm has no weights for it; set 'weights: none' or 'weights: FILE'")
    return f"{architecture}.{tag}" if tag else architecture


def build(name: str, image_size: ImageSize | None, **options: Any) -> tuple[Any, dict[str, ImageSize]]:
    """Return timm's model, for images of the size asked for, and the argument that set it."""
    return for_size(partial(timm.create_model, name, **options), "img_size", image_size)


def classifier_names(model: Any) -> list[str]:
    """Return the names of the submodules that give logits."""
    classifier = model.get_classifier()
    wanted = classifier if isinstance(classifier, tuple | list) else (classifier,)
    return [name for name, module in model.named_modules() if any(module is one for one in wanted)]


def take_classifier(model: Any) -> nn.Module | None:
    """Take the classifier out of a model; return it if it maps pooled features `[N, D]` to logits.

    Models with several classifiers (distilled ones) or one with more in it have none to return.
    """
    classifier = model.get_classifier()
    if isinstance(classifier, nn.Linear):
        return take_out(model, *classifier_names(model))
    model.reset_classifier(0)
    if isinstance(classifier, nn.Conv2d):  # of one position, such as Big Transfer's
        return nn.Sequential(nn.Unflatten(1, (classifier.in_channels, 1, 1)), classifier, nn.Flatten())
    return None


def processor_of(
    pretrained: Mapping[str, Any], image_size: ImageSize | None, fit: Fit | None = None
) -> ImageProcessor:
    """Return the processor that does what timm does to evaluate weights, given their `pretrained_cfg`.

    Size and crop are those that timm tests with, where these differ from those of training.
    """
    config = data_config(pretrained, image_size, fit)
    height, width = config["input_size"][1:]
    resize = (math.floor(height / config["crop_pct"]), math.floor(width / config["crop_pct"]))
    mean = tuple(config["mean"])
    around = tuple(round(255 * value) for value in mean)
    return ImageProcessor(
        size=(height, width),
        resize=resize,
        fit=FITS.get(config["crop_mode"], "cover"),
        interpolation=config["interpolation"],
        fill=around if config["crop_mode"] == "border" else (0, 0, 0),
        # Squares that are covered are scaled by torchvision, all else by timm itself.
        rounding_length="down" if resize[0] == resize[1] and config["crop_mode"] == "center" else "nearest",
        mean=mean,
        std=tuple(config["std"]),
    )


def data_config(
    pretrained: Mapping[str, Any], image_size: ImageSize | None, fit: Fit | None = None
) -> dict[str, Any]:
    """Return how timm prepares images to evaluate weights, at their test size unless another is asked for.

    With `fit` whole images come to that size.
    """
    size = {} if image_size is None else {"input_size": (3, *sides(image_size))}
    config: dict[str, Any] = resolve_data_config(size, pretrained, use_test_size=True)
    return config if fit is None else {**config, "crop_mode": CROP_MODES[fit], "crop_pct": 1.0}


def class_names(model: Any) -> list[set[str]]:
    """Return the names of each class that timm knows for a model trained on ImageNet: synset and lemmas."""
    subset = infer_imagenet_subset(model)
    if subset is None:
        return []
    info = ImageNetInfo(subset)
    described = zip(info.label_names(), info.label_descriptions(), strict=True)
    return [{synset, lemmas, *lemmas.split(", ")} for synset, lemmas in described]
