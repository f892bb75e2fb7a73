"""What authors of speech plugins reuse: heads that write what is said, and CTC (Graves et al. 2006)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn.functional import ctc_loss

from ..api import Features
from .heads import TokenHead
from .moving import moved

TRANSCRIBER = "transcriber"
"""The role of native parts that are a `Transcriber`."""

BYTES = 256


class Transcriber(nn.Module, ABC):
    """What makes texts of the states of a sound, and learns to."""

    @abstractmethod
    def loss(self, features: Features, texts: Sequence[str]) -> Tensor:
        """Return the mean loss of N examples of which these texts are right, a scalar."""

    @abstractmethod
    def texts(self, features: Features) -> list[str]:
        """Return what is said in each of N examples."""


class ByteCtcHead(TokenHead, Transcriber):
    """At each state one of the 256 bytes of UTF-8, or none: so any language can be written.

    A text that has more bytes, and equal ones in a row, than its sound has states cannot be written; it
    teaches nothing.
    """

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__(width, 1 + BYTES, dropout)

    def loss(self, features: Features, texts: Sequence[str]) -> Tensor:
        """Return the mean over examples of the negative log-likelihood of a text, by byte."""
        return mean_ctc_loss(
            self(features), features, [[1 + byte for byte in text.encode()] for text in texts]
        )

    def texts(self, features: Features) -> list[str]:
        """Return what the likeliest byte of each state amounts to; bytes that are no UTF-8 are left out."""
        rows = greedy_outputs(self(features), features)
        return [bytes(output - 1 for output in row).decode(errors="ignore") for row in rows]


def mean_ctc_loss(
    logits: Tensor, features: Features, wanted: Sequence[Sequence[int]], blank: int = 0
) -> Tensor:
    """Return the mean over N examples of the negative log-likelihood of what is wanted, by output.

    logits: `[N, T, C]`. wanted: the outputs that are right, in order, none of them the `blank`.
    """
    outputs, lengths, states = (
        moved(torch.as_tensor(numbers, dtype=torch.int64), logits.device)
        for numbers in ([*chain.from_iterable(wanted)], [*map(len, wanted)], state_counts(features))
    )
    chances = logits.float().log_softmax(dim=-1).transpose(0, 1)
    return ctc_loss(chances, outputs, states, lengths, blank=blank, zero_infinity=True)


def greedy_outputs(logits: Tensor, features: Features, blank: int = 0) -> list[list[int]]:
    """Return the likeliest outputs of N examples, of logits `[N, T, C]`.

    Runs of one output count once, and the `blank` stands for none.
    """
    rows = zip(logits.argmax(dim=-1).cpu(), state_counts(features).tolist(), strict=True)
    runs = (row[:length].unique_consecutive() for row, length in rows)
    return [run[run != blank].tolist() for run in runs]


def state_counts(features: Features) -> Tensor:
    """Return how many states each example has, int64 `[N]`, on the CPU."""
    states = features.maps[-1]
    if features.mask is None:
        return torch.full((len(states),), states.shape[1])
    return features.mask.sum(dim=1).cpu()
