"""Heads that tasks reuse. A head sees `Features` and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from ..api import Data, Encoder, Features, NativePart, Targets
from .class_names import match_classes
from .normalising import NormalisingHead


class NormalisedLinear(NormalisingHead):
    """Dropout and a linear layer over each vector that it sees, normalised: `[..., D]` to `[..., C]`.

    Whoever inherits from it says which these are, in `seen`.
    """

    def __init__(self, width: int, outputs: int, dropout: float = 0.0) -> None:
        super().__init__(width)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, outputs)

    def forward(self, features: Features) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.linear(self.dropout(self.normalised(features)))
        return logits


class LinearHead(NormalisedLinear):
    """Dropout and a linear layer over the pooled features, `[N, D]` to `[N, C]`."""

    def as_linear(self) -> nn.Linear | None:
        """Return the layer that gives the same logits of pooled features as they come, on the CPU.

        None if these are first brought to norm 1, which no layer does.
        """
        if self.unit:
            return None
        mean, scale = self.mean.double(), self.scale.double()
        weight = self.linear.weight.detach().double() * scale
        return _linear(weight, self.linear.bias.detach().double() - weight @ mean)


def show_targets(head: nn.Module, data: Data) -> None:
    """Show a head the targets it is to be trained on, if it has a method `fit_targets`; it may be again."""
    look: Callable[[Iterable[Targets]], None] | None = getattr(head, "fit_targets", None)
    if look is not None:
        look(data.targets())


class OnPooled(nn.Module):
    """A layer over the pooled features, `[N, D]`."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, features: Features) -> Tensor:
        """Return what the layer makes of them."""
        result: Tensor = self.layer(features.pooled)
        return result


class TokenHead(NormalisedLinear):
    """Dropout and a linear layer over the state of each token, `[N, L, C]` to `[N, L, outputs]`."""

    def seen(self, features: Features) -> Tensor:
        """Return the states of all tokens, `[N, L, C]`."""
        return features.maps[-1]

    def moments(self, features: Iterable[Features]) -> tuple[Tensor, Tensor]:
        """Return mean and deviation of each number of a state, `[C]` each, over tokens."""
        # There may be millions of tokens: nothing but sums is held of them, of what differs from the first.
        count, first = 0, None
        sums = torch.zeros(2, *self.mean.shape, dtype=torch.float64)
        for batch in features:
            states = self.seen(batch).cpu().double()
            states = states.flatten(0, 1) if batch.mask is None else states[batch.mask.cpu()]
            first = states[0] if first is None else first
            count += len(states)
            sums += torch.stack([(states - first).sum(dim=0), (states - first).square().sum(dim=0)])
        mean, square = sums / max(count, 1)
        origin = torch.zeros_like(mean) if first is None else first
        return origin + mean, (square - mean.square()).clamp(min=0).sqrt()


class NativeHead(nn.Module):
    """A pretrained classifier of `Features`, cut to some of its classes.

    `rows` are the positions, among the classifier's outputs (its last axis), of the classes asked for, in
    their order.
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
        return logits[..., self.rows]


def as_linear(head: nn.Module) -> nn.Linear | None:
    """Return the linear layer over pooled features that a head amounts to, if it says so itself."""
    find: Callable[[], nn.Linear | None] | None = getattr(head, "as_linear", None)
    return None if find is None else find()


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.load_state_dict({"weight": weight.cpu().float(), "bias": bias.cpu().float()})
    return layer


def native_classifier(
    encoder: Encoder, classes: Sequence[str], role: str = "classifier"
) -> NativeHead | None:
    """Return the encoder's own classifier, cut to some classes; None where it has none that knows them.

    `role` is the kind that is wanted (`NativePart`): of whole inputs, or a `tagger` of each token.

    Classes are matched by their names. Where the classifier's are not known there is no match: as many
    classes may well stand in another order. An untrained one fits any as many.
    """
    for part in encoder.native:
        rows = rows_of(part, classes) if part.role == role else None
        classifier = None if rows is None else part.build()
        if rows is not None and classifier is not None:
            return NativeHead(classifier, rows)
    return None


def rows_of(part: NativePart, classes: Sequence[str]) -> list[int] | None:
    """Return which outputs of a part are some classes, in their order; None if it does not know them all."""
    if part.classes is None:
        return list(range(part.outputs)) if part.outputs == len(classes) else None
    return match_classes(classes, part.classes) if classes and part.classes else None
