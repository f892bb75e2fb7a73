"""What authors of text plugins reuse: input processor, vocabulary, and padding."""

from __future__ import annotations

import copy
import hashlib
import json
from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from ..api import Encoder, Inputs, Sample
from ..errors import UnsuitableError
from .alignment import Text, Window, cut_first, parts, windows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

FORMAT = 1
"""Increased when the processor makes different tokens of a text than before."""

MASK_TOKENS = ("[MASK]", "<mask>")
WORD_MARKS = ("Ġ", "Ċ", "ĉ", "▁")
"""How tokens start that begin a word: with white space, as byte-level BPE and SentencePiece write it."""
SENTENCE_ENDS = frozenset(".!?。！？")


class TextProcessor:
    """Turns a text, or a pair of texts, into `{"ids": int32 [L]}`, with L from 1 to `max_length`.

    With `types` there is also `{"types": uint8 [L]}`: 0 for tokens of the first text, 1 for the second. A
    text in words (a list) is these with a space between them. A `prompt` is put before the (first) text.
    What is longer than `max_length` loses its end, or its beginning where the tokenizer truncates on the
    left. A text of which nothing is left (an empty one, if the tokenizer adds no tokens of its own) becomes
    the single token `blank`.
    """

    def __init__(
        self, tokenizer: Tokenizer, max_length: int, *, types: bool = False, blank: int = 0, prompt: str = ""
    ) -> None:
        self.max_length = max_length
        self._tokenizer = copy.deepcopy(tokenizer)
        plain = tokenizer.encode_special_tokens  # whether "[SEP]" in a text is only text; copies forget it
        self._tokenizer.encode_special_tokens = plain
        self._tokenizer.no_padding()
        side = (tokenizer.truncation or {}).get("direction", "right")
        self._tokenizer.enable_truncation(max_length, direction=side)
        self._cutters: dict[tuple[int, bool], Tokenizer] = {}
        self.types = types
        self._blank = blank
        self._prompt = prompt
        rule = json.dumps([FORMAT, types, blank, plain, prompt, self._tokenizer.to_str()])
        self.digest = hashlib.sha256(rule.encode()).hexdigest()

    def __call__(self, raw: Text | tuple[Text, Text]) -> Inputs:
        """Return the token ids of a text or a pair, cut to the maximal length."""
        first, second = parts(raw)
        encoding = self._tokenizer.encode(self._prompt + first, second)
        ids = np.array(encoding.ids or [self._blank], dtype=np.int32)
        types = {"types": np.array(encoding.type_ids or [0], dtype=np.uint8)} if self.types else {}
        remark = f"cut to {self.max_length} tokens" if encoding.overflowing else ""
        return Inputs({"ids": ids, **types}, remark)

    def windows(self, raw: Text | tuple[Text, Text], stride: int | None = None) -> list[Window]:
        """Return the rows of tokens that a text or a pair is cut into, and where each token comes from.

        Of a pair only the second is cut; a first that leaves it less than half of the room loses its end.
        Rows share `stride` tokens; without a stride there is only the first row, cut as by calling this. No
        prompt is put before them: it is for whole texts.
        """
        first, second = parts(raw)
        if stride is None:
            return windows_of(self._tokenizer.encode(first, second), raw, whole=False)
        if second is not None:
            first = cut_first(self._uncut, first, self.max_length)
        cutter = self._cutter(stride, pair=second is not None)
        return windows_of(cutter.encode(first, second), raw, whole=True)

    def inputs(self, window: Window, remark: str = "") -> Inputs:
        """Return a row of tokens as calling this gives it."""
        ids = window.ids if len(window.ids) else np.array([self._blank], dtype=np.int32)
        kinds = window.types if len(window.ids) else np.zeros(1)
        return Inputs({"ids": ids, **({"types": kinds.astype(np.uint8)} if self.types else {})}, remark)

    def tokens(self, text: str) -> NDArray[np.int32]:
        """Return the tokens of a text to be written: uncut, without prompt and the tokenizer's own."""
        return np.array(self._uncut.encode(text, add_special_tokens=False).ids, dtype=np.int32)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text that tokens stand for, without those of the tokenizer's own."""
        return str(self._tokenizer.decode(list(ids)))

    @cached_property
    def _uncut(self) -> Tokenizer:
        whole = copy.deepcopy(self._tokenizer)
        whole.encode_special_tokens = self._tokenizer.encode_special_tokens
        whole.no_truncation()
        return whole

    def _cutter(self, stride: int, *, pair: bool) -> Tokenizer:
        """Return a tokenizer that cuts into rows; one is kept for each way, as threads share it."""
        if (stride, pair) not in self._cutters:
            cutter = copy.deepcopy(self._tokenizer)
            cutter.encode_special_tokens = self._tokenizer.encode_special_tokens
            strategy = "only_second" if pair else "longest_first"
            cutter.enable_truncation(self.max_length, stride=stride, strategy=strategy)
            self._cutters[stride, pair] = cutter
        return self._cutters[stride, pair]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What there is to know of the tokens themselves."""
        return Vocabulary.of(self._tokenizer)


@dataclass(frozen=True)
class Vocabulary:
    """What objectives that predict tokens must know of a tokenizer.

    The tables are bool `[size]`, by token id. `mask` is the id of the token that hides another, None if
    there is none. Special tokens stand for no piece of text; an unknown word's is one of them.
    """

    size: int
    mask: int | None
    special: Tensor
    begins_word: Tensor
    ends_sentence: Tensor
    pair: PairFormat

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Vocabulary:
        """Read all of it off a tokenizer."""
        tokens = tokenizer.get_vocab(with_added_tokens=True)
        pair = PairFormat.of(tokenizer)
        mask = next((tokens[token] for token in MASK_TOKENS if token in tokens), None)
        added = {number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special}
        size = max(tokens.values()) + 1
        unused = set(range(size)) - set(tokens.values())
        special = added | unused | {*pair.before, *pair.between, *pair.after}
        if mask is not None:
            special.add(mask)
        beginning = _word_beginnings(tokenizer, tokens)
        ending = [number for token, number in tokens.items() if _plain(token) in SENTENCE_ENDS]
        return cls(size, mask, _table(size, special), _table(size, beginning), _table(size, ending), pair)


@dataclass(frozen=True)
class PairFormat:
    """How two sequences of tokens become one.

    `before`, `between` and `after` are the ids of the special tokens around them; `types` are the types
    of these three and of both sequences, in the order in which they stand.
    """

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    types: tuple[int, int, int, int, int]

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> PairFormat:
        """Find out by encoding a pair. Raises UnsuitableError if the tokenizer makes no token of `a`."""
        whole = copy.deepcopy(tokenizer)
        whole.no_truncation()
        encoding = whole.encode("a", "a")
        origins = encoding.sequence_ids
        if 0 not in origins or 1 not in origins:
            raise UnsuitableError("the tokenizer makes no token of 'a'; give another one")
        begin, middle = origins.index(0), origins.index(1)
        until, end = middle - origins[:middle][::-1].index(0), len(origins) - origins[::-1].index(1)
        edges = [0, begin, until, middle, end, len(origins)]
        parts = [slice(*edge) for edge in pairwise(edges)]
        before, _, between, _, after = (tuple(encoding.ids[part]) for part in parts)
        types = tuple(next(iter(encoding.type_ids[part]), 0) for part in parts)
        return cls(before, between, after, cast(tuple[int, int, int, int, int], types))

    @property
    def extra(self) -> int:
        """The number of special tokens in a pair."""
        return len(self.before) + len(self.between) + len(self.after)

    def join(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """Return `ids` and `types`, `[L]` each, of two sequences of ids without special tokens."""
        parts = (self.before, first, self.between, second, self.after)
        ids = np.concatenate([np.asarray(part, dtype=np.int64) for part in parts])
        return {"ids": ids, "types": np.repeat(np.array(self.types), [len(part) for part in parts])}


class TokenEncoder(Encoder, nn.Module):
    """An encoder that objectives on tokens can train; any encoder with the same members will do.

    The last of its `Features.maps`, `[N, L, C]`, is a state for each token.
    """

    processor: TextProcessor

    @abstractmethod
    def token_embedding(self) -> nn.Embedding:
        """Return the table of the tokens' input vectors, to which output layers are tied."""
        raise NotImplementedError


def token_encoder(encoder: Encoder) -> TokenEncoder:
    """Return the encoder as one of tokens; raises UnsuitableError if it is not one."""
    if not hasattr(encoder, "token_embedding") or not hasattr(encoder.processor, "vocabulary"):
        raise UnsuitableError(
            "the backbone shows no embedding of tokens, so that it cannot learn to predict them; "
            "its encoder needs a method token_embedding(), and a TextProcessor"
        )
    return cast(TokenEncoder, encoder)


def _word_beginnings(tokenizer: Tokenizer, tokens: dict[str, int]) -> list[int]:
    """Return the ids of tokens that begin a word; all of them if the vocabulary does not say."""
    continuing = getattr(tokenizer.model, "continuing_subword_prefix", None)
    if continuing:
        return [number for token, number in tokens.items() if not token.startswith(continuing)]
    marked = [number for token, number in tokens.items() if token.startswith(WORD_MARKS)]
    return marked or list(tokens.values())


def _plain(token: str) -> str:
    return token.lstrip("".join(WORD_MARKS))


def _table(size: int, ids: Collection[int]) -> Tensor:
    table = torch.zeros(size, dtype=torch.bool)
    table[list(ids)] = True
    return table


def collate_tokens(samples: Sequence[Sample]) -> dict[str, Tensor]:
    """Return the inputs of samples as a batch, each int64 `[N, L]`, padded with zeros to the longest.

    `mask`, bool `[N, L]`, is true at tokens and false at padding. Samples without inputs, where features
    stand for these, give an empty mapping.
    """
    if not samples[0].inputs:
        return {}
    inputs = {name: pad([sample.inputs[name] for sample in samples]) for name in samples[0].inputs}
    lengths = torch.tensor([len(sample.inputs["ids"]) for sample in samples])
    inputs["mask"] = torch.arange(inputs["ids"].shape[1]) < lengths[:, None]
    return inputs


def pad(
    arrays: Sequence[NDArray[np.generic]], filling: int = 0, *, kind: type[np.integer[Any]] = np.int64
) -> Tensor:
    """Stack arrays of whole numbers, each `[L]`, to `[N, longest L]`, filled with zeros or another.

    `kind` is that of the result, int64 by default.
    """
    padded = np.full((len(arrays), max(map(len, arrays))), filling, dtype=kind)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return torch.from_numpy(padded)
