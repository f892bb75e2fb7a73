"""The data set `everyday`: questions with choices on what everybody knows, made from short lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import Field

import bench

from .everyday_facts import RELATIONS, pairs
from .made_texts import MadeTexts

FEWEST, MOST = 3, 5
"""Choices of a question."""

SHARES: Mapping[bench.Split, float] = {"train": 0.6, "val": 0.8, "test": 1.0}
"""Where each split ends among all sentences."""


class Everyday(MadeTexts):
    """Over 400 sentences to go on from, each with three to five choices, which are answers of the same kind.

    Each fact is asked for in two ways, which may be in different splits: there is something to learn. If
    no fact were in two splits, the right answers of one would be nothing but wrong ones in the others.
    Everything is drawn by digests, so it is the same everywhere.
    """

    name: ClassVar[str] = "everyday"
    targets: ClassVar[frozenset[str]] = frozenset({"choice"})
    columns: ClassVar[None] = None

    task: Any = Field("multiple-choice", description="the task, or a mapping of its name and settings")

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return the questions of a split; the order looks random, and is by their digests."""
        return questions()[split]

    def contents(self, split: bench.Split) -> Iterator[str]:
        """Give the sentences."""
        return (example.input[0] for example in self.load(split))


@lru_cache(maxsize=1)
def questions() -> Mapping[bench.Split, Sequence[bench.Example]]:
    """Return the questions of each split."""
    found: dict[bench.Split, list[bench.Example]] = {split: [] for split in bench.SPLITS}
    for sentences, written in RELATIONS.items():
        answers = pairs(written)
        for asked, answer in answers.items():
            for sentence in (sentence.format(asked) for sentence in sentences):
                found[_split(sentence)].append(_question(sentence, answer, answers))
    return {split: sorted(own, key=lambda each: _draw(each.input[0])) for split, own in found.items()}


def _split(sentence: str) -> bench.Split:
    return next(split for split, end in SHARES.items() if _draw("split", sentence) < end)


def _question(sentence: str, answer: str, answers: Mapping[str, str]) -> bench.Example:
    """Return a question with the right answer among a few others of the relation, all in a drawn order."""
    others = sorted({*answers.values()} - {answer}, key=lambda other: _draw(sentence, other))
    count = FEWEST + int(_draw(sentence) * (MOST - FEWEST + 1))
    choices = sorted([answer, *others[: count - 1]], key=lambda choice: _draw("order", sentence, choice))
    return bench.Example((sentence, choices), choices.index(answer))


def _draw(*words: str) -> float:
    """Return a number from 0 to 1 that looks random and depends on the words alone."""
    return int.from_bytes(hashlib.sha256("\n".join(words).encode()).digest()[:6], "big") / 2**48


@bench.hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    """Return the data set."""
    return [Everyday]
