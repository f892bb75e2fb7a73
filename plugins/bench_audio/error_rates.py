"""Word and character error rates, as jiwer has them: how many edits make the texts that are right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench import Predictions, Targets
from bench.toolkit.additive import Additive

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPACES = re.compile(r"\s\s+")

SET_ASIDE = "PSZC"
"""General categories of characters that are not spoken: punctuation, symbols, separators, controls."""


class ErrorRates(Additive):
    """Edits against words, and against characters, of all texts taken together."""

    def __init__(self, *, normalise: bool) -> None:
        self.normalise = normalise

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Any]:
        """Return the texts, and edits and lengths in words and in characters, int64 `[N]` each."""
        import torch

        found = [normalised(text) if self.normalise else text for text in predictions["text"]]
        counts = torch.tensor([_counts(*pair) for pair in zip(targets["text"], found, strict=True)])
        names = ("word_edits", "words", "character_edits", "characters")
        return {"text": found, **dict(zip(names, counts.unbind(dim=1), strict=True))}

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the rates; none of no words."""
        if not sums["words"]:
            return {}
        return {
            "word_error_rate": float(sums["word_edits"] / sums["words"]),
            "character_error_rate": float(sums["character_edits"] / sums["characters"]),
        }


def _counts(right: str, found: str) -> tuple[int, int, int, int]:
    words, characters = words_of(right), right.strip()
    return (
        edits(words, words_of(found)),
        len(words),
        edits(characters, found.strip()),
        len(characters),
    )


def words_of(text: str) -> list[str]:
    """Return the words of a text, which spaces set apart."""
    return [word for word in SPACES.sub(" ", text).strip().split(" ") if word]


def normalised(text: str) -> str:
    """Return a text as it is spoken: in small letters, without punctuation, with one space between words.

    An apostrophe stays, as it is part of a word.
    """
    letters = (character if character == "'" or _spoken(character) else " " for character in text.lower())
    return " ".join("".join(letters).split())


def _spoken(character: str) -> bool:
    return unicodedata.category(character)[0] not in SET_ASIDE


def edits(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return how many insertions, deletions and replacements make one sequence of another.

    All of a column of the usual table are computed at once, as bits of a number (Hyyrö 2003).
    """
    if not one:
        return len(other)
    places: dict[Hashable, int] = {}
    for place, item in enumerate(one):
        places[item] = places.get(item, 0) | 1 << place
    every, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    # Where going down in a column the distance grows by one, and where it falls by one.
    grows, falls, distance = every, 0, len(one)
    for item in other:
        same = places.get(item, 0)
        upright = same | falls
        aslant = (((same & grows) + grows) ^ grows) | same
        grown, fallen = falls | ~(aslant | grows) & every, grows & aslant
        distance += bool(grown & last) - bool(fallen & last)
        grown, fallen = grown << 1 | 1, fallen << 1
        grows, falls = (fallen | ~(upright | grown)) & every, grown & upright & every
    return distance
