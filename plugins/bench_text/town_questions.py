"""The data set `town-questions`: short descriptions of made-up towns, and questions that they answer.

It needs no download: everything is put together here, from the digests of numbers, and so is the same
everywhere. Texts are in the public domain (CC0).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import Field

import bench

from .made_texts import MadeTexts
from .town_facts import BEGINNINGS, ENDINGS, FACTS

TOWNS = 160
TOLD = 4
ASKED = 3
"""How many facts a description tells, and how many of these are asked for."""

TRAIN_SHARE = 0.60
VAL_SHARE = 0.15


@dataclass(frozen=True)
class Question:
    """A question, and the answer by its place in the town's description."""

    text: str
    answer: str
    start: int


@dataclass(frozen=True)
class Town:
    """A made-up town."""

    name: str
    description: str
    questions: tuple[Question, ...]


class TownQuestions(MadeTexts):
    """Questions on made-up towns, each with a description that holds the answer: 480, three a town.

    A description tells four things, some of the same kind as what is asked for: two people, two years. Splits
    are of whole towns.
    """

    name: ClassVar[str] = "town-questions"
    targets: ClassVar[frozenset[str]] = frozenset({"spans"})
    columns: ClassVar[Sequence[str]] = ("question", "context")

    task: Any = Field("question-answering", description="the task, or a mapping of its name and settings")

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return the questions of a split, town by town."""
        return [
            bench.Example(
                (question.text, town.description),
                {"text": [question.answer], "answer_start": [question.start]},
            )
            for town in towns()
            if split_of(town) == split
            for question in town.questions
        ]

    def groups(self, split: bench.Split) -> Sequence[str]:
        """Return the town of each question."""
        return [town.name for town in towns() if split_of(town) == split for _ in town.questions]


@lru_cache(maxsize=1)
def towns() -> Sequence[Town]:
    """Return all towns, no two of one name."""
    names = dict.fromkeys(
        BEGINNINGS[number % len(BEGINNINGS)] + ENDINGS[number // len(BEGINNINGS) % len(ENDINGS)]
        for number in range(TOWNS)
    )
    return [town_of(name) for name in names]


def town_of(name: str) -> Town:
    """Return the town of a name; all that is told of it follows from that."""
    told = ranked(range(len(FACTS)), name, "told")[:TOLD]
    asked = ranked(told, name, "asked")[:ASKED]
    description = f"{name} is a small town."
    questions = []
    for number in told:
        fact = FACTS[number]
        value = "".join(
            choice(part, name, f"{number} value {place}") for place, part in enumerate(fact.values)
        )
        before, after = choice(fact.told, name, f"{number} told").split("{value}")
        description += f" {before}"
        if number in asked:
            text = choice(fact.asked, name, f"{number} asked").format(town=name)
            questions.append(Question(text, value, len(description)))
        description += value + after
    return Town(name, description, tuple(questions))


def split_of(town: Town) -> bench.Split:
    """Return the split of a town."""
    draw = digest(town.name, "split") / 2**64
    if draw < TRAIN_SHARE:
        return "train"
    return "val" if draw < TRAIN_SHARE + VAL_SHARE else "test"


def ranked(numbers: Sequence[int] | range, *what: str) -> list[int]:
    """Return numbers in an order that looks random."""
    return sorted(numbers, key=lambda number: digest(*what, str(number)))


def choice(values: Sequence[str], *what: str) -> str:
    """Return one of several values, as if drawn."""
    return values[digest(*what) % len(values)]


def digest(*what: str) -> int:
    """Return 64 bits of the sha256 of some words."""
    return int.from_bytes(hashlib.sha256("|".join(what).encode()).digest()[:8], "big")


@bench.hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    """Return the data set."""
    return [TownQuestions]
