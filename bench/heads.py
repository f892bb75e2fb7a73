"""Heads that tasks reuse. A head sees `Features` and nothing else."""

from __future__ import annotations

from torch import Tensor, nn

from .api import Features


class LinearHead(nn.Module):
    """Dropout and a linear layer over the pooled features, `[N, D]` to `[N, C]`."""

    def __init__(self, width: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, classes)

    def forward(self, features: Features) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.linear(self.dropout(features.pooled))
        return logits


class NativeHead(nn.Module):
    """A pretrained classifier over the pooled features, cut to some of its classes.

    `rows` are the positions, among the classifier's outputs, of the classes asked for, in their order.
    """

    def __init__(self, classifier: nn.Module, rows: list[int]) -> None:
        super().__init__()
        self.classifier = classifier
        self.rows = rows

    def forward(self, features: Features) -> Tensor:
        """Return the logits of the classes asked for."""
        logits: Tensor = self.classifier(features.pooled)
        return logits[:, self.rows]
