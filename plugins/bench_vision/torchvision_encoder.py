"""The classification models of torchvision, live."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import torchvision
from torch import Tensor, nn
from torchvision.models import WeightsEnum, get_model, get_model_weights, list_models

from bench import Features, UnsuitableError
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.toolkit.messages import one_line
from bench.toolkit.weights import apply_weights, read_weights, weights_path

from .encoders import call, for_size, spec_by_trial, take_out, unknown

if TYPE_CHECKING:
    from .torchvision_models import Torchvision

AUXILIARY = ("AuxLogits", "aux1", "aux2")
"""Classifiers of Inception and GoogLeNet that only help their first training."""

OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.(\d)\.")
"""Names in DenseNet's published files, from when modules could have dots in theirs."""


def load(backbone: Torchvision) -> ImageEncoder:
    """Build the encoder.

    Raises WeightsError for an unknown model or tag, and where weights cannot be had or do not fit;
    UnsuitableError if the model cannot take images of the size.
    """
    published = published_weights(backbone)
    path = weights_path(backbone.weights)
    trained = backbone.weights != "none"
    model, _ = build(backbone, published if trained and path is None else None)
    drop_auxiliary(model, trained)
    name = classifier_name(model)
    fits = path is None or apply_weights(
        model,
        published_names(read_weights(path)),
        f"{backbone.spelled()}: the weights in {path}",
        head=(name,),
    )
    classifier = take_out(model, name)
    processor = processor_of(published, backbone.image_size)
    spec = spec_by_trial(model, lambda images: Features(model(images)), processor.size, backbone.spelled())
    # SqueezeNet classifies each position and averages then, so nothing classifies its pooled features.
    linear = isinstance(classifier, nn.Linear)
    classes = [(label,) for label in published.meta["categories"]] if trained else []
    return TorchvisionEncoder(model, processor, spec, classifier if fits and linear else None, classes)


class TorchvisionEncoder(ImageEncoder):
    """Gives what the last layer of torchvision's model reads; no maps."""

    def encode(self, images: Tensor) -> Features:
        """Return the features of normalised images `[N, 3, H, W]`."""
        return Features(self.trunk(images))


def published_weights(backbone: Torchvision) -> Any:
    """Return the entry of torchvision's catalogue for the weights asked for, else the default one."""
    models = list_models(module=torchvision.models)
    if backbone.model not in models:
        raise unknown(backbone.spelled(), "classification model", backbone.model, models)
    catalogue = get_model_weights(backbone.model)
    if backbone.weights in ("default", "none") or weights_path(backbone.weights):
        return catalogue.DEFAULT
    if backbone.weights not in catalogue.__members__:
        raise unknown(backbone.spelled(), "weights tag", backbone.weights, list(catalogue.__members__))
    return catalogue[backbone.weights]


def loading(backbone: Torchvision, trunk: Any, file: str) -> str:
    """Return Python that makes torchvision's model with the weights of a trunk."""
    model, options = build(backbone, None)
    name = classifier_name(model)
    told: dict[str, Any] = dict(options)
    if hasattr(trunk, "aux_logits"):
        told |= {"aux_logits": False, "init_weights": False, "transform_input": trunk.transform_input}
    return (
        "from safetensors.torch import load_file\n"
        "from torch import nn\n"
        "from torchvision.models import get_model\n\n"
        f"model = {call('get_model', backbone.model, **told)}\n"
        f"model.set_submodule({name!r}, nn.Identity())  # the classifier\n"
        f"model.load_state_dict({call('load_file', file)})"
    )


def build(backbone: Torchvision, weights: WeightsEnum | None) -> tuple[Any, dict[str, int]]:
    """Return torchvision's model, for images of the size asked for, and what told it the size."""
    create = partial(get_model, backbone.model, weights=weights, progress=False)
    try:
        with warnings.catch_warnings():
            # Inception and GoogLeNet announce that a later version will draw other initial weights.
            warnings.simplefilter("ignore", FutureWarning)
            return for_size(create, "image_size", backbone.image_size)
    except OSError as error:
        where = f"; torchvision has them at {weights.url}" if weights else ""
        raise backbone.unreachable(where) from error
    except ValueError as error:
        reason = one_line(error)
        raise UnsuitableError(
            f"{backbone.spelled()}: these weights are for one image size ({reason}); leave out 'image_size'"
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
        if not name.startswith(AUXILIARY)
    }


def classifier_name(model: nn.Module) -> str:
    """Return the name of the last layer with weights: linear, or in SqueezeNet a convolution."""
    layers: list[str] = [
        name for name, module in model.named_modules() if isinstance(module, nn.Linear | nn.Conv2d)
    ]
    return layers[-1]


def processor_of(weights: WeightsEnum, image_size: int | None) -> ImageProcessor:
    """Return the processor that does what torchvision does to evaluate weights.

    Another size is reached in the same proportions of scaling and cutting out.
    """
    preset = weights.transforms()
    (crop,), (resize,) = preset.crop_size, preset.resize_size
    size = image_size or crop
    scaled = size * resize // crop
    return ImageProcessor(
        size=(size, size),
        resize=(scaled, scaled),
        interpolation=preset.interpolation.value,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
    )
