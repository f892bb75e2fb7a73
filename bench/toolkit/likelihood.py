"""How likely a causal language model finds tokens: what to ask of a text, and what a head answers.

What is asked is a target of each example, `asked`: for each of its tokens, rows end to end, the token that
follows it if that is to be judged, and `NOTHING` otherwise. A task that names it in `Task.asks` finds it in
`Features.asked`, `[N, longest]`, `NOTHING` at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ..api import Encoder, Features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

ASKED = "asked"
LANGUAGE_MODEL = "language-model"
"""The role of a native part (`bench.NativePart`) that gives logits of the token that follows each."""

NOTHING = -1
AT_ONCE = 1024
"""Tokens judged at a time: logits over a large vocabulary take 200 kB each."""


def ask(ids: NDArray[np.int32], judged: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return what to ask of a row of tokens `[L]`, of which those are judged that have one before them."""
    import numpy as np

    following = np.where(judged[1:], ids[1:], NOTHING)
    return np.append(following, NOTHING).astype(np.int32)


def collate_asked(asked: Sequence[NDArray[np.int32]]) -> Tensor:
    """Return what is asked of several examples as a batch, int64 `[N, longest]`."""
    from .texts import pad

    return pad(asked, NOTHING)


def language_model(encoder: Encoder) -> nn.Module | None:
    """Return the encoder's own head, which gives logits `[N, L, size]` of the token that follows each.

    None where it has none, or its tokens see those that come later.
    """
    parts = (part for part in encoder.native if part.role == LANGUAGE_MODEL)
    return next((head for part in parts if (head := part.build()) is not None), None)


def log_likelihoods(head: nn.Module, features: Features) -> Tensor:
    """Return the log-likelihood (nats) of the token that is asked of each state, `[R, L]`; 0 where none is.

    `head` makes of the last of `Features.maps` logits, `[R, L, size]`. It is shown no more than `AT_ONCE`
    states at a time, as if they were of one text.
    """
    import torch

    asked = rows_of(features)
    places = asked != NOTHING
    states, tokens = features.maps[-1][places], asked[places]
    parts = zip(torch.split(states, AT_ONCE), torch.split(tokens, AT_ONCE), strict=True)
    found = torch.zeros(asked.shape, device=asked.device)
    if not len(tokens):
        return found + 0 * features.maps[-1].sum()
    judged = torch.cat([_of_tokens(head, *part) for part in parts])
    return found.masked_scatter(places, judged)


def _of_tokens(head: nn.Module, states: Tensor, tokens: Tensor) -> Tensor:
    import torch

    mask = torch.ones(1, len(states), dtype=torch.bool, device=states.device)
    logits: Tensor = head(Features(states.new_empty(0), (states[None],), mask))[0].float()
    return logits.log_softmax(dim=-1).gather(1, tokens[:, None])[:, 0]


def rows_of(features: Features) -> Tensor:
    """Return what is asked of each row's tokens, int64 `[R, L]`, `NOTHING` at padding."""
    import torch

    mask, asked = cast("Tensor", features.mask), features.asked[ASKED]
    lengths = by_example(mask.sum(dim=1), features.rows)
    own = torch.arange(asked.shape[1], device=asked.device) < lengths[:, None]
    return torch.full(mask.shape, NOTHING, device=asked.device).masked_scatter(mask, asked[own])


def by_example(values: Tensor, rows: Tensor | None) -> Tensor:
    """Return the sums of values `[R, ...]` over the rows of each example, `[N, ...]`."""
    if rows is None:
        return values
    import torch

    owners = torch.arange(len(rows), device=values.device).repeat_interleave(rows.to(values.device))
    sums = values.new_zeros(len(rows), *values.shape[1:])
    return sums.index_add(0, owners, values)
