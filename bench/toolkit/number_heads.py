"""Heads that predict a number, in units of the numbers that they are to learn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor, nn

from ..api import Features, Targets
from .heads import LinearHead
from .normalising import Normalise


class NumberHead(nn.Module):
    """A number for each example: `origin + unit * body(features)`.

    `body` makes `[N, 1]` of features. `origin` and `unit` are the mean and the deviation of the numbers to be
    learned, so that a new layer begins at the right place and size; until these were seen 0 and 1. The body
    computes in fp32 whatever the precision of the run, as bf16 would round numbers to three digits.
    """

    origin: Tensor
    unit: Tensor

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("origin", torch.zeros(()))
        self.register_buffer("unit", torch.ones(()))

    def forward(self, features: Features) -> Tensor:
        """Return numbers in units, float32 `[N]`."""
        with torch.autocast(features.pooled.device.type, enabled=False):
            numbers: Tensor = self.body(_whole(features))
        return numbers.squeeze(1).float()

    def in_units(self, numbers: Tensor) -> Tensor:
        """Return numbers as `forward` is to give them."""
        return (numbers - self.origin) / self.unit

    def in_numbers(self, units: Tensor) -> Tensor:
        """Return what `forward` gives as numbers."""
        return self.origin + self.unit * units

    def fit_targets(self, targets: Iterable[Targets]) -> None:
        """Choose origin and unit by the targets of all training examples."""
        origin, unit = self.scale_of(torch.cat([batch["number"].cpu().double() for batch in targets]))
        self.origin.copy_(origin)
        self.unit.copy_(torch.where(unit > 0, unit, 1.0))

    def scale_of(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return origin and unit for numbers `[N]`; a unit of 0 stands for 1."""
        return numbers.mean(), numbers.std(correction=0)


class LinearNumberHead(NumberHead):
    """A number by dropout and a linear layer over the pooled features, `[N, D]`."""

    body: LinearHead

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__(LinearHead(width, 1, dropout))

    def calibrate(self, features: Iterable[Features], normalise: Normalise) -> None:
        """Normalise the features that come in from now on, as `LinearHead` does."""
        self.body.calibrate(features, normalise)


def _whole(features: Features) -> Features:
    """Return features in float32."""
    maps = tuple(part.float() for part in features.maps)
    return replace(features, pooled=features.pooled.float(), maps=maps)
