"""Heads that tasks reuse. A head sees `Features` and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from torch import Tensor, nn

from ..api import Encoder, Features, NativePart
from .normalising import NormalisingHead


class LinearHead(NormalisingHead):
    """Dropout and a linear layer over the pooled features, `[N, D]` to `[N, C]`."""

    def __init__(self, width: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__(width)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, classes)

    def forward(self, features: Features) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.linear(self.dropout(self.normalised(features)))
        return logits


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

    def forward(self, features: Features) -> Tensor:
        """Return the logits of the classes asked for."""
        logits: Tensor = self.classifier(features)
        return logits[:, self.rows]


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


def match_classes(wanted: Sequence[str], known: Sequence[Collection[str]]) -> list[int] | None:
    """Return the position in `known` of each wanted class; None if one is unknown, ambiguous or there twice.

    An item of `known` holds all names of a class. Case does not count, and `_`, `-` and a space are the
    same. A name that several classes share (ImageNet has two cranes) must be wanted as many times; it then
    stands for them in their order.
    """
    positions: dict[str, list[int]] = {}
    for position, names in enumerate(known):
        for name in {_plain(name) for name in names}:
            positions.setdefault(name, []).append(position)
    names = [_plain(name) for name in wanted]
    if any(len(positions.get(name, ())) != count for name, count in Counter(names).items()):
        return None
    left = {name: iter(found) for name, found in positions.items()}
    rows = [next(left[name]) for name in names]
    return rows if len(set(rows)) == len(rows) else None  # two names of one class


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()
