"""Spans of a context that was cut into windows: where an answer is in them, and which is the likeliest.

The tokens of an example are those of its windows, end to end: T of them, without padding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad
from torch.nn.utils.rnn import pad_sequence

from ..api import Features, Targets
from .alignment import Window

CONTEXT = 1
"""Which of the two texts is the context."""


def places(windows: Sequence[Window]) -> dict[str, np.ndarray]:
    """Return what is to be known of the tokens of an example's windows, int32 `[T]` each.

    begin, end: the characters of the context that a token stands for; 0 for a token of anything else.
    window: the number of its window, from 1.
    """
    own = np.concatenate([window.text == CONTEXT for window in windows])
    numbers = np.arange(1, len(windows) + 1, dtype=np.int32)
    return {
        "begin": np.concatenate([window.begin for window in windows]) * own,
        "end": np.concatenate([window.end for window in windows]) * own,
        "window": np.repeat(numbers, [len(window.ids) for window in windows]),
    }


def locate(window: Window, begin: int, end: int) -> tuple[int, int]:
    """Return the first and the last token of the characters from `begin` to `end` of the context.

    Where a window does not hold all of them, both are its first token, which stands for no answer.
    """
    own = np.flatnonzero(window.text == CONTEXT)
    if not len(own) or window.begin[own[0]] > begin or window.end[own[-1]] < end:
        return 0, 0
    first = np.searchsorted(window.end[own], begin, side="right")
    last = np.searchsorted(window.begin[own], end, side="left") - 1
    return (int(own[first]), int(own[last])) if first <= last else (0, 0)


def span_loss(logits: Tensor, features: Features, targets: Targets) -> Tensor:
    """Return the mean cross-entropy of the ends of the answer, over all windows.

    `logits` are `[R, L, 2]`; targets are `first` and `last`, tokens of each window, `[N, most rows]`.
    """
    mask, rows = cast(Tensor, features.mask), cast(Tensor, features.rows)
    logits = logits.float().masked_fill(~mask[..., None], torch.finfo(torch.float32).min)
    most = torch.arange(targets["first"].shape[1], device=logits.device)
    there = most < rows[:, None]
    ends = torch.stack([targets["first"][there], targets["last"][there]], dim=1)
    return cross_entropy(logits.transpose(1, 2).flatten(end_dim=1), ends.flatten())


def end_to_end(logits: Tensor, features: Features) -> Tensor:
    """Return logits of windows, `[R, L, 2]`, as those of examples, `[N, T, 2]`; zeros fill the ends."""
    mask, rows = cast(Tensor, features.mask), cast(Tensor, features.rows)
    lengths = torch.split(mask.sum(dim=1), rows.tolist())
    totals = [int(own.sum()) for own in lengths]
    return pad_sequence(list(torch.split(logits[mask], totals)), batch_first=True)


@dataclass(frozen=True)
class Spans:
    """The likeliest span of each example; all `[N]`.

    begin, end: its characters. score: the sum of the logits of its ends. null: the same of no answer, which
    is that of the window that believes least in it.
    """

    begin: Tensor
    end: Tensor
    score: Tensor
    null: Tensor


def best_spans(start: Tensor, stop: Tensor, tokens: Mapping[str, Any], longest: int) -> Spans:
    """Return the spans of up to so many tokens of one window whose ends have the highest sum of logits.

    `start` and `stop` are logits `[N, T]`; `tokens` are what `places` says of each, `[N, T]`, zeros where
    there is none. Only tokens that stand for characters of the context can be ends.
    """
    begin, end, window = (tokens[name].to(start.device) for name in ("begin", "end", "window"))
    outside = end <= begin
    starts = start.float().masked_fill(outside, -inf)
    stops = stop.float().masked_fill(outside, -inf)
    best, more = torch.full_like(starts, -inf), torch.zeros_like(begin)
    width = starts.shape[1]
    for extra in range(min(longest, width)):
        front, back = slice(width - extra), slice(extra, None)
        sums = starts[:, front] + stops[:, back]
        better = (sums > best[:, front]) & (window[:, front] == window[:, back])
        best[:, front] = torch.where(better, sums, best[:, front])
        more[:, front].masked_fill_(better, extra)
    score, first = best.max(dim=1)
    rows = torch.arange(len(first), device=start.device)
    return Spans(begin[rows, first], end[rows, first + more[rows, first]], score, _null(start, stop, window))


def _null(start: Tensor, stop: Tensor, window: Tensor) -> Tensor:
    """Return the lowest sum at the first token of a window."""
    before = pad(window, (1, 0))[:, :-1]
    first = (window > before) & (window > 0)
    sums = (start.float() + stop.float()).masked_fill(~first, inf)
    return sums.amin(dim=1)
