"""The data set `postcards`: people, places, companies and dates in short messages, all made up.

It needs no download: the texts are put together here, the same ones everywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import Field

import bench

from .made_texts import MadeTexts
from .postcard_phrases import (
    BEGINNINGS,
    COMPANIES,
    DATES,
    DAYS,
    ENDINGS,
    FIRST_NAMES,
    MONTHS,
    NUMBERS,
    PEOPLE,
    PHRASES,
    PLACES,
)

COPIES = 10
"""Texts that are made of a phrase."""

SHAPES: Mapping[str, Sequence[str]] = {
    "company": COMPANIES,
    "date": DATES,
    "person": PEOPLE,
    "place": PLACES,
}
TAGS = (*(f"{letter}-{kind}" for letter in "BI" for kind in SHAPES), "O")

Sentence = tuple[list[str], tuple[int, ...]]


class Postcards(MadeTexts):
    """600 sentences in words with tags of people, places, companies and dates (BIO).

    Phrases with gaps are filled with names that people, places and companies bear, so that what stands
    around a name must tell. No phrase is in two splits: there are 36 in `train`, and 12 each in `val` and
    `test`. Texts and names are made up, and free to use for anything (CC0 1.0).
    """

    name: ClassVar[str] = "postcards"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    targets: ClassVar[frozenset[str]] = frozenset({"tags"})
    classes: ClassVar[tuple[str, ...]] = TAGS

    task: Any = Field("token-classification", description="the task, or a mapping of its name and settings")

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return the sentences of a split: words, and the numbers of their tags."""
        return [bench.Example(words, tags) for words, tags in sentences(split)]

    def groups(self, split: bench.Split) -> Sequence[int]:
        """Return the phrase that each sentence is made of."""
        return [at // COPIES for at in range(len(sentences(split)))]


@lru_cache(maxsize=3)
def sentences(split: bench.Split) -> Sequence[Sentence]:
    """Return the sentences of a split, phrase by phrase."""
    own = [phrase for at, phrase in enumerate(PHRASES) if split_of(at) == split]
    return [sentence(phrase, copy) for phrase in own for copy in range(COPIES)]


def split_of(phrase: int) -> bench.Split:
    """Return the split that a phrase is for: of five in a row three are for `train`."""
    return {3: "val", 4: "test"}.get(phrase % 5, "train")  # type: ignore[return-value]


def sentence(phrase: str, copy: int) -> Sentence:
    """Return a phrase with its gaps filled: words, and the number of the tag of each."""
    words: list[str] = []
    tags: list[str] = []
    for at, word in enumerate(phrase.split()):
        kind = word.strip("{}") if word.startswith("{") else None
        own = [word] if kind is None else name(kind, f"{phrase} {copy} {at}")
        words += own
        tags += ["O"] if kind is None else [f"B-{kind}", *[f"I-{kind}"] * (len(own) - 1)]
    return words, tuple(map(TAGS.index, tags))


def name(kind: str, key: str) -> list[str]:
    """Return the words of a name of a kind; which one is decided by a key."""
    shape = draw(SHAPES[kind], f"{key} shape")
    return shape.format(
        name=draw(BEGINNINGS, f"{key} beginning") + draw(ENDINGS, f"{key} ending"),
        first=draw(FIRST_NAMES, f"{key} first"),
        day=draw(DAYS, f"{key} day"),
        month=draw(MONTHS, f"{key} month"),
        number=draw(NUMBERS, f"{key} number"),
    ).split()


def draw(choices: Sequence[str], key: str) -> str:
    """Return one of some texts, always the same for a key."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return choices[number % len(choices)]


@bench.hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    """Return the data set."""
    return [Postcards]
