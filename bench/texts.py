"""What authors of text backbones and tasks reuse: the input processor, padding, and pooling over tokens."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from .api import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

FORMAT = 1
"""Raised when the processor makes other tokens of a text than it did before."""

Pooling = Literal["mean", "first", "last"]


class TextProcessor:
    """Turns a text, or a pair of texts, into `{"ids": int32 [L]}`, with L from 1 to `max_length`.

    With `types` there is also `{"types": uint8 [L]}`: 0 for tokens of the first text, 1 for the second.
    A text of which nothing is left (an empty one, if the tokenizer adds no tokens of its own) becomes the
    single token `blank`.
    """

    def __init__(self, tokenizer: Tokenizer, max_length: int, *, types: bool = False, blank: int = 0) -> None:
        self._tokenizer = copy.deepcopy(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length)
        self._types = types
        self._blank = blank
        rule = json.dumps([FORMAT, types, blank, self._tokenizer.to_str()])
        self.digest = hashlib.sha256(rule.encode()).hexdigest()

    def __call__(self, raw: str | tuple[str, str]) -> dict[str, NDArray[np.generic]]:
        """Return the token ids of a text or a pair, cut to the maximal length."""
        texts = (raw,) if isinstance(raw, str) else raw
        encoding = self._tokenizer.encode(*texts)
        ids = np.array(encoding.ids or [self._blank], dtype=np.int32)
        if not self._types:
            return {"ids": ids}
        return {"ids": ids, "types": np.array(encoding.type_ids or [0], dtype=np.uint8)}


def collate_tokens(samples: Sequence[Sample]) -> dict[str, Tensor]:
    """Return the inputs of samples as a batch, each int64 `[N, L]`, padded with zeros to the longest.

    `mask`, bool `[N, L]`, is true at tokens and false at padding. Samples without inputs, for which
    features stand, give none.
    """
    if not samples[0].inputs:
        return {}
    inputs = {name: pad([sample.inputs[name] for sample in samples]) for name in samples[0].inputs}
    lengths = torch.tensor([len(sample.inputs["ids"]) for sample in samples])
    inputs["mask"] = torch.arange(inputs["ids"].shape[1]) < lengths[:, None]
    return inputs


def pad(arrays: Sequence[NDArray[np.generic]]) -> Tensor:
    """Stack arrays of whole numbers, each `[L]`, to int64 `[N, longest L]`; zeros fill the ends."""
    padded = np.zeros((len(arrays), max(map(len, arrays))), dtype=np.int64)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return torch.from_numpy(padded)


def pool(states: Tensor, mask: Tensor, pooling: Pooling) -> Tensor:
    """Reduce hidden states `[N, L, C]` to `[N, C]`: their mean, or the first or the last token's.

    `mask`, bool `[N, L]`, is true at tokens; padding comes after them and counts for nothing.
    """
    if pooling == "mean":
        return masked_mean(states, mask)
    if pooling == "first":
        return states[:, 0]
    last = mask.sum(dim=1) - 1
    return states[torch.arange(len(states), device=states.device), last]


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """Return the mean `[N, C]` over those positions of `[N, L, C]` where the mask `[N, L]` is true.

    A row without any gives zeros.
    """
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
