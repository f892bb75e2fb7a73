"""Whisper's decoder: what is said, written token by token."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad
from transformers.cache_utils import DynamicCache, EncoderDecoderCache

from bench import Features, WeightsError
from bench.toolkit.generation import IGNORED, search
from bench.toolkit.transcribing import Transcriber

END = "<|endoftext|>"
START = "<|startoftranscript|>"
TASK = "<|transcribe|>"
PLAIN = "<|notimestamps|>"

ENGLISH_END = 50256
"""What ends a text of a model for English alone, which has the vocabulary of GPT-2."""


@dataclass(frozen=True)
class Rules:
    """What comes before a text, which token ends it, and which are never written, or not as the first."""

    prompt: tuple[int, ...]
    end: int
    suppressed: tuple[int, ...] = ()
    suppressed_first: tuple[int, ...] = ()


def writing_rules(
    tokenizer: Tokenizer, language: str, suppressed: Sequence[int], suppressed_first: Sequence[int]
) -> Rules:
    """Return how a Whisper model with this tokenizer is made to write a language, without times.

    Those for English alone are told neither language nor task. Raises WeightsError if it knows no such
    language, or is no tokenizer of Whisper's.
    """
    start, task, plain, end = (_number(tokenizer, token) for token in (START, TASK, PLAIN, END))
    told: tuple[int, ...] = ()
    if end != ENGLISH_END:
        spoken = tokenizer.token_to_id(f"<|{language}|>")
        if spoken is None:
            raise WeightsError(f"it knows no language '{language}'; give its code, such as en or de")
        told = (spoken, task)
    return Rules((start, *told, plain), end, tuple(suppressed), tuple(suppressed_first))


def _number(tokenizer: Tokenizer, token: str) -> int:
    number: int | None = tokenizer.token_to_id(token)
    if number is None:
        raise WeightsError(f"its tokenizer lacks {token}, which Whisper begins or ends texts with")
    return number


class WhisperWriter(Transcriber):
    """A Whisper model without its encoder, which writes about the states of one.

    It looks at no state that is only there because another sound of the batch is longer.
    """

    def __init__(self, model: Any, tokenizer: Tokenizer, rules: Rules) -> None:
        super().__init__()
        self.decoder = model.model.decoder
        self.output = model.proj_out
        self.tokenizer = tokenizer
        self.rules = rules
        self.limit = model.config.max_target_positions - len(rules.prompt)
        # Older versions of transformers have another name for the cache.
        named = inspect.signature(self.decoder.forward).parameters
        self.remembers = "cache" if "cache" in named else "past_key_values"
        self._exact: int | None = None
        self._seen: Tensor | None = None
        for layer in self.decoder.layers:
            # The decoder itself gives its layers no mask of the states that it reads.
            layer.register_forward_pre_hook(self._mask_states, with_kwargs=True)

    def _mask_states(
        self, layer: nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return arguments, {**named, "encoder_attention_mask": self._seen}

    def logits(self, features: Features, ids: Tensor, cache: EncoderDecoderCache | None = None) -> Tensor:
        """Return the logits `[N, U, V]` of what follows each token, `[N, U]`, after those in the cache."""
        states = features.maps[-1]
        self._seen = None if features.mask is None else _unseen(features.mask, states.dtype)
        remembered = {} if cache is None else {self.remembers: cache}
        hidden = self.decoder(
            input_ids=ids, encoder_hidden_states=states, use_cache=cache is not None, **remembered
        ).last_hidden_state
        logits: Tensor = self.output(hidden)
        return logits

    def loss(self, features: Features, texts: Sequence[str]) -> Tensor:
        """Return the mean cross-entropy of the tokens of texts, and of their ends."""
        device, prompt = features.maps[-1].device, list(self.rules.prompt)
        rows = [[*prompt, *self.ids(text), self.rules.end] for text in texts]
        longest = max(map(len, rows))
        wanted = torch.stack([pad(torch.tensor(row), (0, longest - len(row)), value=IGNORED) for row in rows])
        wanted = wanted.to(device)
        given = wanted[:, :-1].masked_fill(wanted[:, :-1] == IGNORED, self.rules.end)
        logits = self.logits(features, given)[:, len(prompt) - 1 :]
        return cross_entropy(
            logits.flatten(0, 1).float(), wanted[:, len(prompt) :].flatten(), ignore_index=IGNORED
        )

    def ids(self, text: str) -> list[int]:
        """Return the tokens of a text, begun with a space as in training; as many as there is room for."""
        found: list[int] = self.tokenizer.encode(f" {text.strip()}", add_special_tokens=False).ids
        return found[: self.limit - 1]

    def texts(self, features: Features) -> list[str]:
        """Return what is said, each next token being the likeliest that may be written."""
        begin = torch.full((len(features.maps[-1]),), self.rules.prompt[-1], device=features.maps[-1].device)
        limit, exact = self._exact or self.limit, self._exact is not None
        written = search(Dictation(self, features), begin, self.rules.end, limit, beams=1, exact=exact)
        return [self.tokenizer.decode(ids, skip_special_tokens=True).strip() for ids in written]

    @contextmanager
    def exactly(self, tokens: int) -> Iterator[int]:
        """Have each text be of so many tokens, or of as many as there is room for; gives the number."""
        self._exact = min(tokens, self.limit)
        try:
            yield self._exact
        finally:
            self._exact = None


class Dictation:
    """Texts that are being written about N sounds (`bench.toolkit.generation.Writing`)."""

    def __init__(self, writer: WhisperWriter, features: Features) -> None:
        self.writer = writer
        self.features = features
        self.cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        self.begun = False
        self.barred = self._marked(writer.rules.suppressed)

    def logits(self, tokens: Tensor) -> Tensor:
        """Return the logits `[N, V]` of each next token after the latest ones, int64 `[N]`."""
        ids, barred = tokens[:, None], self.barred
        if not self.begun:
            prompt = torch.tensor(self.writer.rules.prompt[:-1], device=tokens.device)
            ids = torch.cat([prompt.expand(len(tokens), -1), ids], dim=1)
            barred = barred | self._marked(self.writer.rules.suppressed_first)
            self.begun = True
        logits = self.writer.logits(self.features, ids, self.cache)[:, -1]
        return logits.masked_fill(barred, -torch.inf)

    def _marked(self, tokens: Sequence[int]) -> Tensor:
        """Return which of all tokens these are, bool `[V]`."""
        marks = torch.zeros(self.writer.output.out_features, dtype=torch.bool)
        marks[torch.tensor(tokens, dtype=torch.long)] = True
        return marks.to(self.features.maps[-1].device)

    def choose(self, rows: Tensor) -> None:
        """Go on with these of the texts, in this order."""
        self.cache.batch_select_indices(rows)
        mask = self.features.mask
        self.features = Features(
            self.features.pooled[rows] if len(self.features.pooled) else self.features.pooled,
            tuple(map_[rows] for map_ in self.features.maps),
            None if mask is None else mask[rows],
        )

    def drop(self, going: Tensor) -> None:
        """Go on with these of the examples alone, bool `[N]`."""
        self.choose(going.nonzero().flatten())


def _unseen(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Return what is added to attention to places `[N, T]`: 0 where a sound is, next to -inf elsewhere."""
    added = torch.zeros(mask.shape, dtype=dtype, device=mask.device)
    return added.masked_fill(~mask, torch.finfo(dtype).min)[:, None, None]
