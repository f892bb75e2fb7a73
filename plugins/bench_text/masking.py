"""Hiding tokens for masked language modelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bench import UnsuitableError
from bench.toolkit.moving import moved
from bench.toolkit.texts import Vocabulary

REPLACED = 0.8
RANDOM = 0.1
"""Shares of the chosen tokens that become the mask, and another token; the others stay as they are."""


@dataclass(frozen=True)
class Masked:
    """Inputs of which some tokens are hidden: which, bool `[N, L]`, and what they were, `[M]`."""

    inputs: dict[str, Tensor]
    chosen: Tensor
    truth: Tensor


class Masking(nn.Module):
    """Chooses tokens, each with the given probability, and hides most of them (Devlin et al. 2018).

    Of the chosen 80 % become the mask, 10 % a random token, and 10 % stay, so that a model must keep in
    mind what every token was. Special tokens and padding are never chosen. With `whole_words` all tokens
    of a word are chosen, or none. Raises UnsuitableError if the tokenizer has no mask.
    """

    special: Tensor
    begins_word: Tensor
    ordinary: Tensor

    def __init__(self, vocabulary: Vocabulary, probability: float, whole_words: bool) -> None:
        super().__init__()
        if vocabulary.mask is None:
            raise UnsuitableError("the tokenizer has no token to mask others with; use causal-lm")
        self.mask = vocabulary.mask
        self.probability = probability
        self.whole_words = whole_words
        ordinary = (~vocabulary.special).nonzero().squeeze(1)
        self.register_buffer("special", vocabulary.special, persistent=False)
        self.register_buffer("begins_word", vocabulary.begins_word, persistent=False)
        self.register_buffer("ordinary", ordinary, persistent=False)

    def forward(self, inputs: Mapping[str, Tensor], random: torch.Generator) -> Masked:
        """Hide tokens of `{"ids": int64 [N, L], "mask": bool [N, L]}`, where `mask` is true at tokens."""
        ids = inputs["ids"]
        special = self.special[ids]
        lots = moved(torch.rand(ids.shape, generator=random), ids.device)
        if self.whole_words:
            lots = lots.gather(1, self._first_of_word(ids, special))
        chosen = (lots < self.probability) & ~special & inputs["mask"]
        fate = moved(torch.rand(ids.shape, generator=random), ids.device)
        others = moved(torch.randint(len(self.ordinary), ids.shape, generator=random), ids.device)
        hidden = torch.where(chosen & (fate < REPLACED), self.mask, ids)
        swapped = chosen & (fate >= REPLACED) & (fate < REPLACED + RANDOM)
        hidden = torch.where(swapped, self.ordinary[others], hidden)
        return Masked({**inputs, "ids": hidden}, chosen, ids[chosen])

    def _first_of_word(self, ids: Tensor, special: Tensor) -> Tensor:
        """Return for each token the position at which its word begins; a special token is its own word."""
        begins = self.begins_word[ids] | special
        begins[:, 1:] |= special[:, :-1]
        positions = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
        return torch.where(begins, positions, 0).cummax(dim=1).values
