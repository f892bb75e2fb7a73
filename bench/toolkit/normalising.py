"""Normalising: how the features that a frozen encoder gives reach the head that is trained on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..api import Batch, Data, Features, Run

Normalise = Literal["none", "standardise", "l2"]
"""Features as they are; or each with mean 0 and deviation 1 over examples; or each example's of norm 1."""


@runtime_checkable
class Calibrated(Protocol):
    """A head that looks at the features it is to be trained on, to normalise what it sees from then on."""

    def calibrate(self, features: Iterable[Features], normalise: Normalise) -> None:
        """Normalise what comes in from now on; `features` are those of the training examples."""
        ...


class NormalisingHead(nn.Module):
    """A head that works on `normalised(features)`; until it is calibrated these are as they were."""

    mean: Tensor
    scale: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.unit = False
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))

    def seen(self, features: Features) -> Tensor:
        """Return what the head looks at: the pooled features, `[N, D]`."""
        return features.pooled

    def normalised(self, features: Features) -> Tensor:
        """Return what the head looks at normalised, in its shape."""
        return self.normalise(self.seen(features))

    def normalise(self, seen: Tensor) -> Tensor:
        """Return vectors that the head looks at normalised, `[..., D]`."""
        vectors = nn.functional.normalize(seen, dim=-1) if self.unit else seen
        return (vectors - self.mean) * self.scale

    def calibrate(self, features: Iterable[Features], normalise: Normalise) -> None:
        """Normalise what comes in from now on; what is the same in all of `features` becomes 0.

        Frozen features may lie anywhere: those of an untrained network are nearly the same for all
        inputs, and gradient descent on them as they are would hardly move.
        """
        self.unit = normalise == "l2"
        mean, scale = torch.zeros_like(self.mean), torch.ones_like(self.scale)
        if normalise == "standardise":
            mean, deviation = self.moments(features)
            scale = torch.where(deviation > 0, 1 / deviation, 0.0)
        self.mean.copy_(mean)
        self.scale.copy_(scale)

    def moments(self, features: Iterable[Features]) -> tuple[Tensor, Tensor]:
        """Return mean and deviation of each feature, `[D]` each, over examples."""
        seen = torch.cat([self.seen(batch).cpu().double() for batch in features])
        return seen.mean(dim=0), seen.std(dim=0, correction=0)

    def get_extra_state(self) -> Tensor:
        """Return what the state holds beside parameters and buffers."""
        return torch.tensor(self.unit)

    def set_extra_state(self, state: Tensor) -> None:
        """Take over what `get_extra_state` gave."""
        self.unit = bool(state)


def calibrate(run: Run, normalise: Normalise, *data: Data) -> bool:
    """Let the head normalise the frozen features it is to be trained on; False if it has no `calibrate`."""
    if not isinstance(run.head, Calibrated):
        return False
    run.head.calibrate(_features(run, data), normalise)
    return True


def _features(run: Run, data: Iterable[Data]) -> Iterator[Features]:
    for part in data:
        for batch in part.batches():
            yield _encoded(run, batch)


def _encoded(run: Run, batch: Batch) -> Features:
    with torch.no_grad(), run.autocast():
        return run.forward(batch)
