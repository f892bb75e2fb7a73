"""Maps of features from within a model, which gives none itself."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from bench.toolkit.maps import Level, pyramid
from bench.toolkit.training import evaluating

DEPTH = 2
"""How deep in a model the modules are whose results count: `features.3`, but not what that is made of."""


class Tap:
    """Keeps what a module gave last until it is taken.

    An object, and no closure: where a model is copied, its taps are copied with it.
    """

    def __init__(self) -> None:
        self.latest: object = None

    @classmethod
    def on(cls, module: nn.Module) -> Tap:
        """Return a tap on a module."""
        tap = cls()
        module.register_forward_hook(tap)
        return tap

    def __call__(self, module: nn.Module, inputs: object, output: object) -> None:
        """Keep the output."""
        self.latest = output

    def take(self) -> object:
        """Return what is kept, and let go of it."""
        latest, self.latest = self.latest, None
        return latest


def tapped_levels(model: nn.Module, size: tuple[int, int]) -> dict[str, Level]:
    """Return the modules that make the last map of each stride of images of `size`, by name; shallow to deep.

    Nothing counts that comes after the pooling.
    """
    names, outputs = _outputs(model, size)
    return {names[level.at]: level for level in pyramid(outputs, size)}


def _outputs(model: nn.Module, size: tuple[int, int]) -> tuple[Sequence[str], Sequence[Tensor]]:
    """Return what modules give for a black image, in the order in which they do, and their names."""
    names: list[str] = []
    outputs: list[Tensor] = []
    pooled: list[nn.Module] = []

    def note(name: str, module: nn.Module, output: object) -> None:
        if isinstance(module, nn.AdaptiveAvgPool2d):
            pooled.append(module)
        if isinstance(output, Tensor) and not pooled:
            names.append(name)
            outputs.append(output)

    handles = [
        module.register_forward_hook(lambda module, _, output, name=name: note(name, module, output))
        for name, module in model.named_modules()
        if name and name.count(".") < DEPTH
    ]
    try:
        with torch.no_grad(), evaluating(model):
            model(torch.zeros(1, 3, *size))
    finally:
        for handle in handles:
            handle.remove()
    return names, outputs
