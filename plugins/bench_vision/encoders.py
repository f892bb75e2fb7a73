"""What the live image backbones of this package share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from bench import Features, FeatureSpec, WeightsError
from bench.toolkit.image_size import ImageSize
from bench.toolkit.images import trying
from bench.toolkit.maps import stride_of
from bench.toolkit.training import evaluating


def take_out(model: nn.Module, name: str) -> nn.Module:
    """Put the identity in the place of a submodule, and return the submodule."""
    module = model.get_submodule(name)
    model.set_submodule(name, nn.Identity())
    return module


def for_size(
    create: Callable[..., Any], argument: str, size: ImageSize | None
) -> tuple[Any, dict[str, ImageSize]]:
    """Create a model; one that is made for a certain size gets it as the argument of that name.

    Return it, and the argument if it took it.
    """
    if size is not None:
        try:
            return create(**{argument: size}), {argument: size}
        except TypeError:  # convolutional models take any size, and have no such argument
            pass
    return create(), {}


def call(function: str, *arguments: Any, **options: Any) -> str:
    """Return a call as Python."""
    written = [*map(repr, arguments), *(f"{name}={value!r}" for name, value in options.items())]
    return f"{function}({', '.join(written)})"


def spec_by_trial(
    model: nn.Module, encode: Callable[[Tensor], Features], size: tuple[int, int], who: str
) -> FeatureSpec:
    """Return the shape of what a model makes of a black image of `size` (height, width).

    Raises UnsuitableError if it cannot take images of that size.
    """
    with torch.no_grad(), evaluating(model), trying(size, who):
        features = encode(torch.zeros(1, 3, *size))
    return FeatureSpec(
        pooled=features.pooled.shape[1],
        channels=tuple(map_.shape[1] for map_ in features.maps),
        strides=tuple(_stride(map_, size) for map_ in features.maps),
    )


def _stride(map_: Tensor, size: tuple[int, int]) -> int:
    return stride_of((map_.shape[2], map_.shape[3]), size) or max(1, size[0] // map_.shape[2])


def unreachable(who: str, weights: str, where: str = "") -> WeightsError:
    """Return the error for weights that cannot be downloaded; `where` tells where they are."""
    return WeightsError(
        f"{who}: the weights '{weights}' are neither in the cache nor reachable (offline?){where}; "
        "give a file with 'weights: FILE' or train from scratch with 'weights: none'"
    )
