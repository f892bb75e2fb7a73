"""Causal language models as writers: a text, a separator and what is written are one text to them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import DynamicCache

from bench import Features
from bench.toolkit.generation import IGNORED, Decoder, Ids, search
from bench.toolkit.training import evaluating

from .padding import same
from .short_text import example, states_of

SHOWN = 3
"""How many tokens of an example are remembered when it is tried whether a model reads on from there."""


class CausalDecoder(Decoder):
    """Reads on from what the encoder has kept of a text (`Features.memory`), with the encoder's own layers.

    `body` is the encoder's model, and no part of this module: what it learns is the encoder's. `head` makes
    logits of its states. `end` is the token that ends a text.
    """

    def __init__(self, body: Any, head: nn.Module, end: int, room: int | None) -> None:
        super().__init__()
        self.body = (body,)  # in a tuple, for torch not to count it among the parts of this
        self.head = head
        self.end = end
        self.room = room

    def forward(self, features: Features, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits `[N, T + 1, V]`, and the tokens wanted, `[N, T + 1]`."""
        wanted = pad(ids.masked_fill(~mask, IGNORED), (0, 1), value=IGNORED)
        wanted.scatter_(1, mask.sum(dim=1, keepdim=True), self.end)
        between = ids.new_tensor(self.between).expand(len(ids), -1)
        # What stands behind the end of a text is seen by nothing that counts.
        states = Reading(self, features, rows=1).states(torch.cat([between, ids], dim=1))
        return self.logits(states[:, len(self.between) - 1 :]), wanted

    def generate(
        self, features: Features, limit: int, beams: int | None, *, exact: bool = False
    ) -> list[Ids]:
        """Return the tokens of N texts; greedily unless there are several beams."""
        rows = beams or 1
        reading = Reading(self, features, rows)
        *before, last = self.between
        begin = torch.full((len(reading.seen),), last, device=reading.seen.device)
        if before:
            reading.states(begin.new_tensor(before).expand(len(begin), -1))
        return search(reading, begin, self.end, limit, rows, exact=exact)

    @property
    def between(self) -> Sequence[int]:
        """The separator; the end of a text, if it has no tokens."""
        return self.separator or (self.end,)

    def logits(self, states: Tensor) -> Tensor:
        """Return what the head makes of states `[N, T, C]`."""
        mask = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)
        logits: Tensor = self.head(Features(states.new_empty(0), (states,), mask))
        return logits


class Reading:
    """N texts that go on, several `rows` of each; keys and values of what was read are kept."""

    def __init__(self, decoder: CausalDecoder, features: Features, rows: int) -> None:
        if not features.memory:
            raise ValueError("there is no memory of what is read; `Task.reads` must name it")
        self.decoder = decoder
        self.rows = rows
        self.seen = cast(Tensor, features.mask).long().repeat_interleave(rows, dim=0)
        self.length = self.seen.sum(dim=1)
        self.cache = cache_of([layer.repeat_interleave(rows, dim=0) for layer in features.memory])

    def logits(self, tokens: Tensor) -> Tensor:
        """Return the logits `[R, V]` after the latest tokens, `[R]`."""
        return self.decoder.logits(self.states(tokens[:, None]))[:, 0]

    def states(self, tokens: Tensor) -> Tensor:
        """Return the last states `[R, T, C]` of further tokens, `[R, T]`."""
        self.seen = torch.cat([self.seen, torch.ones_like(tokens)], dim=1)
        states = read_on(self.decoder.body[0], self.cache, tokens, self.seen, self.length)
        self.length = self.length + tokens.shape[1]
        return states

    def choose(self, rows: Tensor) -> None:
        """Go on with these of the texts."""
        self.cache.reorder_cache(cast(torch.LongTensor, rows))
        self.seen, self.length = self.seen[rows], self.length[rows]

    def drop(self, going: Tensor) -> None:
        """Go on with these of the examples alone."""
        self.choose(going.repeat_interleave(self.rows).nonzero().flatten())


class Memory:
    """What a causal model keeps of texts, from which it reads on; `tokens` are those of any text."""

    def __init__(self, body: Any, tokens: Sequence[int]) -> None:
        self.body = body
        self.tokens = tokens

    @cached_property
    def works(self) -> bool:
        """Whether the model makes the same of a text in one go as from what it keeps, padding in between."""
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=[]), evaluating(self.body):
                return self._reads_on()
        except Exception:  # whatever a model stumbles over that keeps something else
            return False

    def _reads_on(self) -> bool:
        device = next(self.body.parameters()).device
        whole = {name: tensor.to(device) for name, tensor in example(self.tokens).items()}
        begun = {name: pad(tensor[:, :SHOWN], (0, 1)) for name, tensor in whole.items()}
        _, memory = remember(self.body, begun)
        following = whole["ids"][:, SHOWN:]
        seen = torch.cat([begun["mask"], whole["mask"][:, SHOWN:]], dim=1).long()
        states = read_on(self.body, cache_of(memory), following, seen, begun["mask"].sum(dim=1))
        return same(states, states_of(self.body, whole)[:, SHOWN:])


def remember(body: Any, inputs: Mapping[str, Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return the last hidden states of texts, and keys and values of each layer (`Features.memory`)."""
    cache: Any = DynamicCache()
    states = states_of(body, inputs, **{_argument(body): cache, "use_cache": True})
    kept = (torch.stack([layer.keys, layer.values], dim=1) for layer in cache.layers)
    return states, tuple(layer.permute(0, 3, 1, 2, 4) for layer in kept)


def cache_of(memory: Sequence[Tensor]) -> DynamicCache:
    """Return what transformers calls the cache, of keys and values `[N, L, 2, heads, W]`."""
    cache = DynamicCache()
    for number, layer in enumerate(memory):
        keys, values = layer.permute(2, 0, 3, 1, 4)
        cache.update(keys, values, number)
    return cache


def read_on(body: Any, cache: DynamicCache, tokens: Tensor, seen: Tensor, length: Tensor) -> Tensor:
    """Return the last states of tokens `[R, T]` that follow texts of a `length`, `[R]`.

    `seen`, `[R, L + T]`, is 0 where what is kept is of padding.
    """
    places = length[:, None] + torch.arange(tokens.shape[1], device=tokens.device)
    own = {"position_ids": places} if "position_ids" in _arguments(body) else {}
    output = body(input_ids=tokens, attention_mask=seen, use_cache=True, **{_argument(body): cache}, **own)
    states: Tensor = output.last_hidden_state
    return states


def _argument(body: Any) -> str:
    """Return what the model's `forward` calls the cache: versions of transformers differ."""
    return "cache" if "cache" in _arguments(body) else "past_key_values"


def _arguments(body: Any) -> Mapping[str, Any]:
    return inspect.signature(body.forward).parameters
