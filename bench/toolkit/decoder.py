"""A small decoder that writes texts about the states of any encoder (Vaswani et al. 2017)."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, pad, scaled_dot_product_attention

from ..api import Features
from .generation import IGNORED, Decoder, Ids, search


class TransformerDecoder(Decoder):
    """Layers of self-attention and attention to the last of `Features.maps`, each normalised before.

    `states` is the width of these, `tokens` the size of the vocabulary; a token more of the decoder's own
    begins and ends each text. The output layer is the table of tokens itself.
    """

    def __init__(
        self, states: int, tokens: int, *, layers: int, width: int, heads: int, dropout: float
    ) -> None:
        super().__init__()
        self.boundary = tokens
        self.table = nn.Embedding(tokens + 1, width)
        nn.init.normal_(self.table.weight, std=width**-0.5)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(width, states, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, features: Features, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits `[N, T + 1, tokens + 1]`, and the tokens wanted, `[N, T + 1]`."""
        wanted = pad(ids.masked_fill(~mask, IGNORED), (0, 1), value=IGNORED)
        wanted.scatter_(1, mask.sum(dim=1, keepdim=True), self.boundary)
        before = pad(ids, (1, 0), value=self.boundary)
        return Texts(self, features, rows=1).states(before) @ self.table.weight.T, wanted

    def generate(
        self, features: Features, limit: int, beams: int | None, *, exact: bool = False
    ) -> list[Ids]:
        """Return the tokens of N texts; greedily unless there are several beams."""
        rows = beams or 1
        states = features.maps[-1]
        begin = torch.full((len(states) * rows,), self.boundary, device=states.device)
        return search(Texts(self, features, rows), begin, self.boundary, limit, rows, exact=exact)


class Texts:
    """Texts that a decoder is writing, several `rows` for each of N examples; what is written is kept."""

    def __init__(self, decoder: TransformerDecoder, features: Features, rows: int) -> None:
        self.decoder = decoder
        self.rows = rows
        self.length = 0
        seen = features.mask
        self.seen = None if seen is None else seen[:, None, None]
        self.memory = [cast(Layer, layer).read(features.maps[-1]) for layer in decoder.layers]
        self.written: list[tuple[Tensor, Tensor] | None] = [None] * len(decoder.layers)

    def logits(self, tokens: Tensor) -> Tensor:
        """Return the logits `[R, tokens + 1]` after the latest tokens, `[R]`."""
        return self.states(tokens[:, None])[:, 0] @ self.decoder.table.weight.T

    def states(self, tokens: Tensor) -> Tensor:
        """Return the last states `[R, T, W]` of further tokens, `[R, T]`."""
        decoder = self.decoder
        width = decoder.table.embedding_dim
        places = sinusoids(self.length, tokens.shape[1], width, tokens.device)
        states = decoder.dropout(decoder.table(tokens) * math.sqrt(width) + places)
        for at, layer in enumerate(decoder.layers):
            states, self.written[at] = layer(states, self.written[at], self.memory[at], self.seen, self.rows)
        self.length += tokens.shape[1]
        result: Tensor = decoder.norm(states)
        return result

    def choose(self, rows: Tensor) -> None:
        """Go on with these of the texts."""
        self.written = [kept and (kept[0][rows], kept[1][rows]) for kept in self.written]

    def drop(self, going: Tensor) -> None:
        """Go on with these of the examples alone."""
        self.choose(going.repeat_interleave(self.rows).nonzero().flatten())
        self.memory = [(keys[going], values[going]) for keys, values in self.memory]
        self.seen = None if self.seen is None else self.seen[going]


class Layer(nn.Module):
    """Attention to the text so far, attention to the encoder's states, and two linear layers."""

    def __init__(self, width: int, states: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.own = nn.Linear(width, 3 * width)
        self.asked = nn.Linear(width, width)
        self.memory = nn.Linear(states, 2 * width)
        self.outputs = nn.ModuleList(nn.Linear(width, width) for _ in range(2))
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def read(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values of an encoder's states `[N, L, C]`, `[N, heads, L, W / heads]` each."""
        keys, values = (self._split(part) for part in self.memory(states).chunk(2, dim=-1))
        return keys, values

    def forward(
        self,
        states: Tensor,
        written: tuple[Tensor, Tensor] | None,
        memory: tuple[Tensor, Tensor],
        seen: Tensor | None,
        rows: int,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return states `[R, T, W]` of further tokens, and keys and values of the text with these."""
        first, second, third = self.norms
        queries, keys, values = (self._split(part) for part in self.own(first(states)).chunk(3, dim=-1))
        if written is not None:
            keys = torch.cat([written[0], keys], dim=2)
            values = torch.cat([written[1], values], dim=2)
        # Further tokens come all at once, from the beginning, or one by one.
        found = scaled_dot_product_attention(queries, keys, values, is_causal=written is None)
        states = states + self.dropout(self.outputs[0](self._join(found)))
        asked = self.asked(second(states))
        # The rows of an example read the same memory, as if they were tokens of one text.
        together = self._split(asked.view(len(asked) // rows, -1, asked.shape[-1]))
        found = scaled_dot_product_attention(together, *memory, attn_mask=seen)
        states = states + self.dropout(self.outputs[1](self._join(found).view_as(asked)))
        states = states + self.dropout(self.narrow(gelu(self.wide(third(states)))))
        return states, (keys, values)

    def _split(self, tensor: Tensor) -> Tensor:
        """Give each head its part: `[N, T, W]` becomes `[N, heads, T, W / heads]`."""
        return tensor.view(*tensor.shape[:2], self.heads, -1).transpose(1, 2)

    def _join(self, tensor: Tensor) -> Tensor:
        return tensor.transpose(1, 2).flatten(2)


def sinusoids(first: int, count: int, width: int, device: torch.device) -> Tensor:
    """Return vectors `[count, width]` that tell places apart, from the first one on."""
    places = torch.arange(first, first + count, device=device)[:, None]
    rates = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000) / width))
    return torch.cat([(places * rates).sin(), (places * rates).cos()], dim=-1)
