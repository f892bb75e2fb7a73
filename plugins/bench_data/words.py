"""Texts in words with a tag for each: every word is a text, and there are as many tags as words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.toolkit.messages import one_line


def look_at_words(words: Any, tags: Sequence[Any]) -> None:
    """Raise ValueError, which says what is wrong, for a row whose words and tags do not go together.

    A text that does not come in words is split at white space.
    """
    found = words.split() if isinstance(words, str) else words
    if not isinstance(found, list):
        raise ValueError(f"{one_line(repr(words), 60)} where the words of a text belong")
    other = next((word for word in found if not isinstance(word, str)), None)
    if other is not None or None in found:
        raise ValueError(f"{one_line(repr(other), 60)} where a word belongs")
    if len(found) != len(tags):
        raise ValueError(f"words and tags of unlike number: {len(found)} and {len(tags)}")
    if not found:
        raise ValueError("no words")
