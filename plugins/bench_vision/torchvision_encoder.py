"""The classification models of torchvision, live."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torchvision
from torch import Tensor, nn
from torchvision.models import WeightsEnum, get_model, get_model_weights, list_models

from bench import Features, FeatureSpec, UnsuitableError
from bench.toolkit.exporting import reading_classes
from bench.toolkit.fitting import Applied, apply_weights
from bench.toolkit.image_size import Fit, ImageSize, sides
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.toolkit.maps import as_map
from bench.toolkit.messages import one_line
from bench.toolkit.weights import read_weights, weights_part, weights_path

from .encoders import call, for_size, spec_by_trial, take_out, unreachable
from .export import FILE, LOAD, TORCHVISION, Made, classes_file, torchvision_transform
from .pretrained import unknown
from .taps import Tap, tapped_levels

AUXILIARY = ("AuxLogits", "aux1", "aux2")
"""Classifiers of Inception and GoogLeNet that only help their first training."""

OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.(\d)\.")
"""Names in DenseNet's published files, from when modules could have dots in theirs."""


def load(name: str, weights: str, image_size: ImageSize | None, fit: Fit | None, who: str) -> ImageEncoder:
    """Build the encoder of a model by its name, with the weights of a setting; `who` is for messages.

    Raises WeightsError for an unknown model or tag, and where weights cannot be had or do not fit;
    UnsuitableError if the model cannot take images of the size.
    """
    published = published_weights(name, weights, who)
    path = weights_path(weights)
    trained = weights != "none"
    try:
        model, _ = build(name, image_size, who, published if trained and path is None else None)
    except OSError as error:
        raise unreachable(who, weights, f"; torchvision has them at {published.url}") from error
    drop_auxiliary(model, trained)
    last = classifier_name(model)
    applied = Applied(head=True)
    if path is not None:
        sets = {address: published_names(tensors) for address, tensors in read_weights(path).items()}
        source, part = f"{who}: the weights in {path}", weights_part(weights)
        applied = apply_weights(model, sets, source, (last,), part)
    classifier = take_out(model, last)
    processor = processor_of(published, image_size).fitted(fit)
    pooled = spec_by_trial(model, lambda images: Features(model(images)), processor.size, who).pooled
    levels = tapped_levels(model, processor.size)
    spec = FeatureSpec(
        pooled,
        channels=tuple(level.channels for level in levels.values()),
        strides=tuple(level.stride for level in levels.values()),
    )
    # SqueezeNet classifies each position and averages then, so nothing classifies its pooled features.
    linear = isinstance(classifier, nn.Linear)
    classes = [(label,) for label in published.meta["categories"]] if trained else None
    native = classifier if applied.head and linear else None
    encoder = TorchvisionEncoder(model, processor, spec, native, classes)
    encoder.taps = [Tap.on(model.get_submodule(name)) for name in levels]
    encoder.notes = applied.notes
    return encoder


class TorchvisionEncoder(ImageEncoder):
    """Gives what the last layer of torchvision's model reads, and the last map of each stride.

    `taps` are on the modules that make these, in the order of the spec.
    """

    taps: Sequence[Tap] = ()

    def encode(self, images: Tensor) -> Features:
        """Return the features of normalised images `[N, 3, H, W]`."""
        pooled = self.trunk(images)
        size, deepest = (images.shape[2], images.shape[3]), len(self.taps) - 1
        maps = [as_map(tap.take(), size) for tap in self.taps]
        read = (map_ if level in {deepest, *self.levels} else None for level, map_ in enumerate(maps))
        return Features(pooled, tuple(images.new_empty(0) if map_ is None else map_ for map_ in read))


def published_weights(name: str, weights: str, who: str) -> Any:
    """Return the entry of torchvision's catalogue for the weights asked for, or the default one."""
    models = list_models(module=torchvision.models)
    if name not in models:
        raise unknown(who, "classification model", name, models)
    catalogue = get_model_weights(name)
    if weights in ("default", "none") or weights_path(weights):
        return catalogue.DEFAULT
    if weights not in catalogue.__members__:
        raise unknown(who, "weights tag", weights, list(catalogue.__members__))
    return catalogue[weights]


def make(
    name: str,
    image_size: ImageSize | None,
    who: str,
    encoder: ImageEncoder,
    folder: Path,
    classes: Sequence[str],
) -> Made:
    """Return torchvision's model for some classes, or without a classifier, and how to make it."""
    trunk: Any = encoder.trunk
    given: dict[str, Any] = {"num_classes": len(classes)} if classes else {}
    if hasattr(trunk, "aux_logits"):
        given |= {"aux_logits": False, "init_weights": False, "transform_input": trunk.transform_input}
    model, options = build(name, image_size, who, **given)
    last = classifier_name(model)
    lines = [f"model = {call('get_model', name, **options, **given)}"]
    imports = ["from torchvision.models import get_model", LOAD]
    if not classes:
        take_out(model, last)
        imports += ["from torch import nn"]
        lines += [f"model.set_submodule({last!r}, nn.Identity())  # the classifier"]
    return Made(
        model,
        last,
        imports,
        [*lines, f"model.load_state_dict({call('load_file', f'{folder.name}/{FILE}')})"],
        torchvision_transform(encoder.processor),
        [reading_classes(folder)],
        TORCHVISION,
        classes_file(classes),
    )


def build(
    name: str, image_size: ImageSize | None, who: str, weights: WeightsEnum | None = None, **options: Any
) -> tuple[Any, dict[str, ImageSize]]:
    """Return torchvision's model, for images of the size asked for, and the argument that set it.

    Raises OSError if the weights cannot be downloaded.
    """
    create = partial(get_model, name, weights=weights, progress=False, **options)
    try:
        with warnings.catch_warnings():
            # Inception and GoogLeNet announce that a later version will draw other initial weights.
            warnings.simplefilter("ignore", FutureWarning)
            return for_size(create, "image_size", image_size)
    except ValueError as error:
        reason = one_line(error)
        raise UnsuitableError(
            f"{who}: these weights are for one image size ({reason}); leave out 'image_size'"
        ) from error


def drop_auxiliary(model: Any, trained: bool) -> None:
    """Take from Inception and GoogLeNet the classifiers that only help to train them from scratch."""
    if not hasattr(model, "aux_logits"):
        return
    model.aux_logits = False
    for name in AUXILIARY:
        if hasattr(model, name):
            setattr(model, name, None)
    # Their published weights want the normalisation of their authors, which torchvision does inside.
    model.transform_input = trained


def published_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of a file by the names that torchvision's models use today."""
    return {
        OLD_DENSENET.sub(r"\1\2.", name): tensor
        for name, tensor in state.items()
        if not set(AUXILIARY).intersection(name.split("."))
    }


def classifier_name(model: nn.Module) -> str:
    """Return the name of the last layer with weights: linear, or in SqueezeNet a convolution."""
    layers: list[str] = [
        name for name, module in model.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)
    ]
    return layers[-1]


def processor_of(weights: WeightsEnum, image_size: ImageSize | None) -> ImageProcessor:
    """Return the processor that does what torchvision does to evaluate weights.

    Another size is reached in the same proportions of scaling and cutting out.
    """
    preset = weights.transforms()
    (crop,), (resize,) = preset.crop_size, preset.resize_size
    height, width = sides(image_size or crop)
    return ImageProcessor(
        size=(height, width),
        resize=(height * resize // crop, width * resize // crop),
        interpolation=preset.interpolation.value,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
    )
