"""The models of timm, live."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import timm
from timm.data import ImageNetInfo, infer_imagenet_subset, resolve_data_config
from torch import Tensor, nn

from bench import Features, WeightsError
from bench.toolkit.fitting import Applied, apply_weights
from bench.toolkit.images import Fit, ImageEncoder, ImageProcessor
from bench.toolkit.weights import read_weights, weights_part, weights_path

from .encoders import for_size, spec_by_trial, take_out, unreachable
from .pretrained import unknown

FITS: dict[str, Fit] = {"squash": "stretch", "border": "contain"}
"""What timm's crop modes are; any other one covers."""


def load(name: str, weights: str, image_size: int | None, who: str) -> ImageEncoder:
    """Build the encoder of a model by its name, with the weights of a setting; `who` is for messages.

    Raises WeightsError for an unknown model or tag, and where weights cannot be had or do not fit;
    UnsuitableError if the model cannot take images of the size.
    """
    downloaded = weights != "none" and weights_path(weights) is None
    try:
        model, _ = build(full_name(name, weights, who), image_size, pretrained=downloaded)
    except OSError as error:
        raise unreachable(who, weights) from error
    return encoder_of(model, weights, image_size, who)


def encoder_of(model: Any, weights: str, image_size: int | None, who: str) -> TimmEncoder:
    """Return the encoder of timm's model, which holds its weights already unless the setting names a file.

    Raises WeightsError and UnsuitableError as `load` does.
    """
    path, applied = weights_path(weights), Applied(head=True)
    if path is not None:
        source, part = f"{who}: the weights in {path}", weights_part(weights)
        applied = apply_weights(model, read_weights(path), source, classifier_names(model), part)
    processor = processor_of(model.pretrained_cfg, image_size)
    classes = None if weights == "none" else class_names(model)
    classifier = take_classifier(model)
    spec = spec_by_trial(model, partial(encode, model), processor.size, who)
    encoder = TimmEncoder(model, processor, spec, classifier if applied.head else None, classes)
    encoder.notes = applied.notes
    return encoder


class TimmEncoder(ImageEncoder):
    """Gives what timm's classifier reads, and the last map where the model has one."""

    def encode(self, images: Tensor) -> Features:
        """Return the features of normalised images `[N, 3, H, W]`."""
        return encode(self.trunk, images)


def encode(model: Any, images: Tensor) -> Features:
    """Return the last map and the pooled features of a timm model."""
    last = model.forward_features(images)
    return Features(model.forward_head(last, pre_logits=True), last_map(model, last))


def last_map(model: Any, last: object) -> tuple[Tensor, ...]:
    """Return what a timm model computed last as a map `[N, C, H, W]`; nothing if it is none."""
    if not isinstance(last, Tensor):
        return ()
    if last.ndim == 4:
        return (last.permute(0, 3, 1, 2),) if getattr(model, "output_fmt", "NCHW") == "NHWC" else (last,)
    tokens = last[:, getattr(model, "num_prefix_tokens", 0) :]
    side = math.isqrt(tokens.shape[1])
    if side * side != tokens.shape[1]:
        return ()
    return (tokens.transpose(1, 2).reshape(len(tokens), -1, side, side),)


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


def build(name: str, image_size: int | None, **options: Any) -> tuple[Any, dict[str, int]]:
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


def processor_of(pretrained: Mapping[str, Any], image_size: int | None) -> ImageProcessor:
    """Return the processor that does what timm does to evaluate weights, given their `pretrained_cfg`.

    Size and crop are those that timm tests with, where these differ from those of training.
    """
    config = data_config(pretrained, image_size)
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


def data_config(pretrained: Mapping[str, Any], image_size: int | None) -> dict[str, Any]:
    """Return how timm prepares images to evaluate weights, at their test size unless another is asked for."""
    config: dict[str, Any] = resolve_data_config({"img_size": image_size}, pretrained, use_test_size=True)
    return config


def class_names(model: Any) -> list[set[str]]:
    """Return the names of each class that timm knows for a model trained on ImageNet: synset and lemmas."""
    subset = infer_imagenet_subset(model)
    if subset is None:
        return []
    info = ImageNetInfo(subset)
    described = zip(info.label_names(), info.label_descriptions(), strict=True)
    return [{synset, lemmas, *lemmas.split(", ")} for synset, lemmas in described]
