"""timm's own models for what was trained, in the layout that its hub and `local-dir:` read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from bench import UnsuitableError
from bench.toolkit.image_size import Fit, ImageSize
from bench.toolkit.images import ImageEncoder

from .encoders import call
from .export import FILE, Made
from .timm_encoder import build, classifier_names, data_config

KEPT = ("input_size", "interpolation", "crop_pct", "crop_mode", "mean", "std")
"""What says how images are prepared."""

OWN = ("first_conv", "pool_size", "fixed_input_size")
"""What timm must know of the architecture."""


def make(
    name: str,
    image_size: ImageSize | None,
    fit: Fit | None,
    who: str,
    encoder: ImageEncoder,
    folder: Path,
    classes: Sequence[str],
    overlay: Mapping[str, Any] | None = None,
) -> Made:
    """Return timm's model for some classes, or without a classifier, and how to make it.

    `overlay` holds what of its images is not prepared as timm says, by the names of timm's `pretrained_cfg`.
    Raises UnsuitableError where timm's model without a classifier lacks more than that.
    """
    model, options = build(
        name, image_size, pretrained=False, num_classes=len(classes), pretrained_cfg_overlay=overlay
    )
    config = data_config(model.pretrained_cfg, image_size, fit)
    config = {key: config[key] for key in KEPT}
    if classes:
        return _whole(model, options, config, folder, classes)
    if model.state_dict().keys() != encoder.trunk.state_dict().keys():
        raise UnsuitableError(f"{who}: timm gives it other parameters without a classifier")
    file = f"{folder.name}/{FILE}"
    created = call("timm.create_model", name, num_classes=0, **options, checkpoint_path=file)
    return Made(
        model,
        "",
        ["import timm"],
        [f"model = {created}"],
        [f"transform = {call('timm.data.create_transform', **config)}"],
    )


def _whole(
    model: Any, options: dict[str, ImageSize], config: dict[str, Any], folder: Path, classes: Sequence[str]
) -> Made:
    single = isinstance(model.get_classifier(), nn.Linear | nn.Conv2d)
    last = classifier_names(model)[0] if single else ""
    place = f"local-dir:{folder.name}"
    return Made(
        model,
        last,
        ["import timm"],
        [f"model = {call('timm.create_model', place, pretrained=True)}"],
        ["transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))"],
        ['classes = model.pretrained_cfg["label_names"]'],
        files={"config.json": json.dumps(_config(model, last, options, config, classes), indent=1)},
    )


def _config(
    model: Any, last: str, options: dict[str, ImageSize], config: dict[str, Any], classes: Sequence[str]
) -> dict[str, Any]:
    """Return what `config.json` holds for the models on timm's hub."""
    known = model.pretrained_cfg
    own = {key: known[key] for key in OWN if known.get(key) is not None}
    count = len(classes)
    return {
        "architecture": known["architecture"],
        "num_classes": count,
        "num_features": model.num_features,
        "label_names": list(classes),
        **({"model_args": options} if options else {}),
        "pretrained_cfg": {**own, **config, "num_classes": count, "classifier": last, "custom_load": False},
    }
