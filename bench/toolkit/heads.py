"""Heads that tasks reuse. A head sees `Features` and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from ..api import Batch, Data, Encoder, Features, NativePart, Run, Targets
from .class_names import match_classes


class LinearHead(nn.Module):
    """Dropout and a linear layer over the pooled features, `[N, D]` to `[N, C]`."""

    mean: Tensor
    scale: Tensor

    def __init__(self, width: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, classes)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))

    def forward(self, features: Features) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.linear(self.dropout((features.pooled - self.mean) * self.scale))
        return logits

    def as_linear(self) -> nn.Linear:
        """Return the layer that gives the same logits of pooled features as they come, on the CPU."""
        mean, scale = self.mean.double(), self.scale.double()
        weight = self.linear.weight.detach().double() * scale
        return _linear(weight, self.linear.bias.detach().double() - weight @ mean)

    def calibrate(self, features: Iterable[Features]) -> None:
        """Standardise what comes in from now on by the mean and deviation of these features.

        Frozen features may lie anywhere: those of an untrained network are nearly the same for all
        inputs, and gradient descent on them would hardly move.
        """
        pooled = torch.cat([batch.pooled.cpu().double() for batch in features])
        deviation = pooled.std(dim=0, correction=0)
        self.mean.copy_(pooled.mean(dim=0))
        self.scale.copy_(torch.where(deviation > 0, 1 / deviation, 0.0))


def calibrate(run: Run, data: Data) -> None:
    """Show the head the frozen features it is to be trained on, if it has a method `calibrate`."""
    look: Callable[[Iterable[Features]], None] | None = getattr(run.head, "calibrate", None)
    if look is not None:
        look(_features(run, batch) for batch in data.batches())


def show_targets(head: nn.Module, data: Data) -> None:
    """Show a head the targets it is to be trained on, if it has a method `fit_targets`; it may be again."""
    look: Callable[[Iterable[Targets]], None] | None = getattr(head, "fit_targets", None)
    if look is not None:
        look(data.targets())


def _features(run: Run, batch: Batch) -> Features:
    with torch.no_grad(), run.autocast():
        return run.forward(batch)


class OnPooled(nn.Module):
    """A layer over the pooled features, `[N, D]`."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, features: Features) -> Tensor:
        """Return what the layer makes of them."""
        result: Tensor = self.layer(features.pooled)
        return result


class NativeHead(nn.Module):
    """A pretrained classifier of `Features`, cut to some of its classes.

    `rows` are the positions, among the classifier's outputs, of the classes asked for, in their order.
    """

    def __init__(self, classifier: nn.Module, rows: list[int]) -> None:
        super().__init__()
        self.classifier = classifier
        self.rows = rows

    def as_linear(self) -> nn.Linear | None:
        """Return the layer that gives the same logits of pooled features; None if it is none."""
        layer = getattr(self.classifier, "layer", None)
        if not isinstance(layer, nn.Linear):
            return None
        bias = torch.zeros(layer.out_features) if layer.bias is None else layer.bias.detach()
        return _linear(layer.weight.detach()[self.rows], bias[self.rows])

    def forward(self, features: Features) -> Tensor:
        """Return the logits of the classes asked for."""
        logits: Tensor = self.classifier(features)
        return logits[:, self.rows]


def as_linear(head: nn.Module) -> nn.Linear | None:
    """Return the linear layer over pooled features that a head amounts to, if it says so itself."""
    find: Callable[[], nn.Linear | None] | None = getattr(head, "as_linear", None)
    return None if find is None else find()


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.load_state_dict({"weight": weight.cpu().float(), "bias": bias.cpu().float()})
    return layer


def native_classifier(encoder: Encoder, classes: Sequence[str]) -> NativeHead | None:
    """Return the encoder's own classifier, cut to some classes; None where it has none that knows them.

    Classes are matched by their names. Where the classifier's are not known there is no match: as many
    classes may well stand in another order. An untrained one fits any as many.
    """
    for part in encoder.native:
        rows = _rows(part, classes) if part.role == "classifier" else None
        classifier = None if rows is None else part.build()
        if rows is not None and classifier is not None:
            return NativeHead(classifier, rows)
    return None


def _rows(part: NativePart, classes: Sequence[str]) -> list[int] | None:
    if part.classes is None:
        return list(range(part.outputs)) if part.outputs == len(classes) else None
    return match_classes(classes, part.classes) if classes and part.classes else None
