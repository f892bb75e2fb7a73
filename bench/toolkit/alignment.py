"""Where the tokens of a text come from: which characters, which word, which of two texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

Text = str | Sequence[str]
"""A text, or its words."""


@dataclass(frozen=True)
class Window:
    """A row of tokens that a text, or a pair of texts, was cut into; arrays are `[L]`, int32.

    ids, types: the tokens, and which of a pair they are of, as the model is told.
    text: which of the texts a token is of, 0 or 1; -1 for those of the tokenizer's own.
    begin, end: the characters of that text that it stands for; its words are joined by a space.
    word: which of the text's words it begins in; -1 where the text does not come in words.
    """

    ids: NDArray[np.int32]
    types: NDArray[np.int32]
    text: NDArray[np.int32]
    begin: NDArray[np.int32]
    end: NDArray[np.int32]
    word: NDArray[np.int32]


def parts(raw: Text | tuple[Text, Text]) -> tuple[str, str | None]:
    """Return a text and None, or a pair of texts; those that come in words with spaces between these."""
    first, second = raw if isinstance(raw, tuple) else (raw, None)
    return _joined(first), None if second is None else _joined(second)


def _joined(text: Text) -> str:
    return text if isinstance(text, str) else " ".join(text)


def windows_of(encoding: Encoding, raw: Text | tuple[Text, Text], *, whole: bool) -> list[Window]:
    """Return the first row of an encoding, or with `whole` all."""
    texts = raw if isinstance(raw, tuple) else (raw,)
    starts = [None if isinstance(text, str) else _word_starts(text) for text in texts]
    rows = [encoding, *encoding.overflowing] if whole else [encoding]
    return [_window(row, starts) for row in rows]


def cut_first(tokenizer: Tokenizer, text: str, max_length: int) -> str:
    """Return the first text of a pair, cut to half of the tokens that a pair has room for."""
    most = (max_length - tokenizer.num_special_tokens_to_add(is_pair=True)) // 2
    tokens = tokenizer.encode(text, add_special_tokens=False)
    return text if len(tokens.ids) <= most else text[: tokens.offsets[most - 1][1]]


def _word_starts(words: Sequence[str]) -> NDArray[np.int64]:
    lengths = np.array([len(word) + 1 for word in words], dtype=np.int64)
    return np.cumsum(lengths) - lengths


def _window(encoding: Encoding, starts: Sequence[NDArray[np.int64] | None]) -> Window:
    text = _array([-1 if origin is None else origin for origin in encoding.sequence_ids])
    offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
    word = np.full(len(text), -1, dtype=np.int32)
    for number, places in enumerate(starts):
        if places is not None:
            own = text == number
            # Some tokens begin with the space before their word.
            word[own] = np.searchsorted(places, _inner(offsets[own]), side="right") - 1
    return Window(_array(encoding.ids), _array(encoding.type_ids), text, offsets[:, 0], offsets[:, 1], word)


def _inner(offsets: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a character of each token that is surely of its word: its last one."""
    inner: NDArray[np.int32] = np.maximum(offsets[:, 0], offsets[:, 1] - 1)
    return inner


def _array(values: Sequence[Any]) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)
