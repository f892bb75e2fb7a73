"""The data set `town-questions`: short descriptions of made-up towns, and questions that they answer.

It needs no download: everything is put together here, from the digests of numbers, and so is the same
everywhere. Texts are in the public domain (CC0).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

import bench
from bench.toolkit.inputs import text_input, text_inputs

RULE = 1
"""Raised when other examples are made than before."""

TOWNS = 160
TOLD = 4
ASKED = 3
"""How many facts a description tells, and how many of these are asked for."""

TRAIN_SHARE = 0.60
VAL_SHARE = 0.15

COLUMNS = ("question", "context")

BEGINNINGS = (
    "Al",
    "Bren",
    "Cor",
    "Dun",
    "El",
    "Far",
    "Gar",
    "Hol",
    "Ister",
    "Kel",
    "Lor",
    "Mar",
    "Nor",
    "Os",
)
ENDINGS = ("bach", "brück", "dale", "den", "ford", "ham", "hausen", "iga", "minster", "ovo", "stad", "wick")
FIRST_NAMES = (
    "Ada",
    "Bruno",
    "Clara",
    "Dario",
    "Edith",
    "Felix",
    "Greta",
    "Hugo",
    "Irma",
    "Jonas",
    "Lena",
    "Otto",
)
LAST_NAMES = (
    "Abel",
    "Brandt",
    "Castell",
    "Dorn",
    "Ekman",
    "Falk",
    "Grimm",
    "Holt",
    "Ivers",
    "Jansen",
    "Quast",
    "Roth",
)
RIVERS = (
    "Aune",
    "Brisk",
    "Calder",
    "Drave",
    "Elz",
    "Fenne",
    "Glan",
    "Hamble",
    "Inn",
    "Jagst",
    "Lech",
    "Tamar",
)
GOODS = (
    "bells",
    "blue glass",
    "church organs",
    "clay pipes",
    "fishing nets",
    "leather gloves",
    "paper",
    "rope",
)
DISHES = (
    "apple soup",
    "baked trout",
    "chestnut bread",
    "dried plums",
    "onion cake",
    "pea stew",
    "walnut cheese",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = ("February", "March", "April", "May", "June", "July", "August", "September", "October", "November")
THINGS = ("clocks", "dolls", "kites", "maps", "puppets", "sewing machines", "stamps", "trams")


@dataclass(frozen=True)
class Fact:
    """Something to be told of a town: ways to say it, ways to ask for it, and which values it can have."""

    told: tuple[str, ...]
    asked: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]


PEOPLE = (FIRST_NAMES, (" ",), LAST_NAMES)
YEARS = (("11", "12", "13", "14", "15", "16", "17", "18"), tuple("0123456789"), tuple("0123456789"))

FACTS = (
    Fact(
        ("The town was founded by {value}.", "It was {value} who laid the first stone of the town."),
        ("Who founded {town}?", "Who was the founder of {town}?"),
        PEOPLE,
    ),
    Fact(
        ("Its first houses were built in {value}.", "People have lived there since {value}."),
        ("Since when have people lived in {town}?", "In which year were the first houses of {town} built?"),
        YEARS,
    ),
    Fact(
        ("It lies on the river {value}.", "Through its centre flows the {value}."),
        ("Which river does {town} lie on?", "What is the river that flows through {town}?"),
        (RIVERS,),
    ),
    Fact(
        ("About {value} people live there.", "At the last census it had {value} inhabitants."),
        ("How many people live in {town}?", "What is the population of {town}?"),
        (tuple("123456789"), tuple("0123456789"), (",",), tuple("0123456789"), ("00",)),
    ),
    Fact(
        ("Its workshops make {value}.", "Most families there earn their living with {value}."),
        ("What is made in {town}?", "What do the workshops of {town} produce?"),
        (GOODS,),
    ),
    Fact(
        ("Visitors come for its {value}.", "In every inn they serve {value}."),
        ("What is there to eat in {town}?", "Which dish do the inns of {town} serve?"),
        (DISHES,),
    ),
    Fact(
        ("The market is held every {value}.", "On a {value} farmers sell their goods in the square."),
        ("On which day is the market of {town}?", "When is market day in {town}?"),
        (DAYS,),
    ),
    Fact(
        (
            "A festival of lanterns ends the month of {value}.",
            "The lanterns are lit in {value}, for the festival.",
        ),
        ("In which month is the festival of {town}?", "When do people celebrate the lanterns of {town}?"),
        (MONTHS,),
    ),
    Fact(
        ("Its museum shows {value}.", "The old town hall is now a museum of {value}."),
        ("What can be seen in the museum of {town}?", "What is shown in the museum of {town}?"),
        (THINGS,),
    ),
    Fact(
        ("The stone bridge was designed by {value}.", "The plans of the bridge are by {value}."),
        ("Who designed the bridge of {town}?", "Who drew the plans of the bridge in {town}?"),
        PEOPLE,
    ),
    Fact(
        ("A fire destroyed the church in {value}.", "In {value} the church burnt down."),
        ("When did the church of {town} burn down?", "In which year was the church of {town} destroyed?"),
        YEARS,
    ),
)


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


class TownQuestions(bench.Dataset):
    """Questions on made-up towns, each with a description that holds the answer: 480, three a town.

    A description tells four things, some of the same kind as what is asked for: two people, two years. Splits
    are of whole towns.
    """

    name: ClassVar[str] = "town-questions"
    targets: ClassVar[frozenset[str]] = frozenset({"spans"})

    task: Any = Field("question-answering", description="the task, or a mapping of its name and settings")

    def fingerprint(self) -> str:
        """Return a digest of all towns."""
        return hashlib.sha256(f"{RULE} {towns()}".encode()).hexdigest()

    def info(self) -> bench.DatasetInfo:
        """Return the sizes."""
        return bench.DatasetInfo({split: len(self.load(split)) for split in bench.SPLITS}, licence="CC0-1.0")

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

    def contents(self, split: bench.Split) -> Iterator[str]:
        """Give each question with its description."""
        return ("\t".join(example.input) for example in self.load(split))

    def at_hand(self) -> bool:
        """Tell that all is made at once."""
        return True

    def new_inputs(self, path: Path) -> Iterator[bench.NewInput]:
        """Give the pairs in the columns `question` and `context` of a csv file."""
        return text_inputs(path, COLUMNS)

    def new_input(self, line: str) -> Any:
        """Return a question and a context with a tab between them."""
        return text_input(line, COLUMNS)


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
