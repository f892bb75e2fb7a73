"""Heads for questions with choices: a score for each choice, which is a row of `Features`."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from ..api import Features
from .likelihood import log_likelihoods
from .normalising import NormalisingHead


class ChoiceScorer(NormalisingHead):
    """Dropout and a linear layer over the pooled features, `[R, D]` to `[R]`."""

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__(width)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(width, 1)

    def forward(self, features: Features) -> Tensor:
        """Return a logit for each choice."""
        logits: Tensor = self.linear(self.dropout(self.normalised(features)))
        return logits[:, 0]


class ChoiceLikelihood(nn.Module):
    """The log-likelihood of each choice by the head of a causal language model: the sum over its tokens."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, features: Features) -> Tensor:
        """Return the sums (nats), float64 `[R]`."""
        return log_likelihoods(self.model, features).double().sum(dim=1)


def by_question(scores: Tensor, features: Features) -> Tensor:
    """Return scores `[R]` by question, `[N, most choices]`; the lowest number stands where there is none."""
    rows = cast(Tensor, features.rows).to(scores.device)
    there = torch.arange(int(rows.max()), device=scores.device) < rows[:, None]
    lowest = torch.full(there.shape, torch.finfo(scores.dtype).min, dtype=scores.dtype, device=scores.device)
    return lowest.masked_scatter(there, scores)
