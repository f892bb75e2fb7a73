"""Backbone `efficientnet-lite`, live."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from bench import WeightsError
from bench.toolkit.image_size import Fit, ImageSize
from bench.toolkit.images import ImageEncoder
from bench.toolkit.weights import read_weights

from .timm_encoder import build, encoder_of

NORMALISING: Mapping[str, Any] = {"mean": (127 / 255,) * 3, "std": (128 / 255,) * 3}
"""What Google takes off and divides by, for values in 0..1; timm has the rounder 0.5 for both."""


def load(
    network: str,
    published: Path | None,
    weights: str,
    image_size: ImageSize | None,
    fit: Fit | None,
    who: str,
) -> ImageEncoder:
    """Build the encoder of timm's network of this name; `who` is for messages.

    Its weights are in the file published, or as the setting says. Raises WeightsError where they cannot be
    had or do not fit.
    """
    model, _ = build(network, image_size, pretrained_cfg_overlay=NORMALISING)
    if published is not None:
        (given,) = read_weights(published).values()
        model.load_state_dict(in_order(model.state_dict(), given, f"{who}: the weights in {published}"))
    return encoder_of(model, weights, image_size, fit, who)


def in_order(own: Mapping[str, Tensor], given: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Return tensors under the names of a network's own, which come in the same order under other names.

    Raises WeightsError if one is of another shape, or another part of its layer, than the network's.
    """
    if [*map(_part, own.items())] != [*map(_part, given.items())]:
        raise WeightsError(f"{source} do not fit in order: this version of timm has another network")
    return dict(zip(own, given.values(), strict=True))


def _part(item: tuple[str, Tensor]) -> tuple[str, tuple[int, ...]]:
    """Return what a tensor is in its layer, such as its bias, and its shape."""
    name, tensor = item
    return name.rpartition(".")[2], tuple(tensor.shape)
