"""ROUGE-1, ROUGE-2 and ROUGE-L of a text (Lin 2004), as rouge-score computes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from .ngrams import counts, matches
from .porter import stem

WORD = re.compile(r"[a-z0-9]+")
SHORT = 3
"""Words of so many letters are not stemmed."""


def words(text: str, *, stemmed: bool) -> list[str]:
    """Return the words of a text in small letters; only those of ASCII letters and digits count."""
    found = WORD.findall(text.lower())
    return [_stem(word) if len(word) > SHORT else word for word in found] if stemmed else found


def rouge(
    output: str, references: Sequence[str], *, stemmed: bool, nearest: str | None = None
) -> Mapping[str, float]:
    """Return `rouge1`, `rouge2` and `rougeL` of an output, F1 from 0 to 1.

    Each is that of the reference for which it is highest; or all are of the first reference for which
    `nearest`, one of the three, is. With `stemmed`, words are compared by their stems.
    """
    found = words(output, stemmed=stemmed)
    wanted = [words(reference, stemmed=stemmed) for reference in references]
    if nearest is not None:
        wanted = [max(wanted, key=lambda each: SCORES[nearest](found, each))]
    return {name: max(score(found, each) for each in wanted) for name, score in SCORES.items()}


def _overlap(order: int) -> Callable[[Sequence[str], Sequence[str]], float]:
    def score(found: Sequence[str], wanted: Sequence[str]) -> float:
        right = matches(counts(found, order), counts(wanted, order))
        return _f1(right, len(found) - order + 1, len(wanted) - order + 1)

    return score


def _subsequence(found: Sequence[str], wanted: Sequence[str]) -> float:
    return _f1(longest_common(found, wanted), len(found), len(wanted))


def longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest subsequence of both."""
    row = [0] * (len(second) + 1)
    for item in first:
        above, row = row, [0]
        for at, other in enumerate(second):
            row.append(above[at] + 1 if item == other else max(above[at + 1], row[at]))
    return row[-1]


def _f1(right: int, found: int, wanted: int) -> float:
    return 2 * right / (found + wanted) if right else 0.0


SCORES = {"rouge1": _overlap(1), "rouge2": _overlap(2), "rougeL": _subsequence}

_stem = lru_cache(maxsize=2**16)(stem)
