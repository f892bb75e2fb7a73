"""The data set `phrases`: English dates, times and numbers, and how they are said in German.

It needs no download: the sentences are made here, by a grammar of a few dozen words, and may be used freely
(CC0). German counts ones before tens, names the hour to come (`halb fünf` is half past four), and takes some
verbs apart; so a model must learn more than a word for each word.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, ClassVar

from pydantic import Field

import bench

from .made_texts import MadeTexts

SIZES: Mapping[bench.Split, int] = {"train": 3000, "val": 300, "test": 300}

UNITS = (
    *(("one", "ein"), ("two", "zwei"), ("three", "drei"), ("four", "vier"), ("five", "fünf")),
    *(("six", "sechs"), ("seven", "sieben"), ("eight", "acht"), ("nine", "neun"), ("ten", "zehn")),
    *(("eleven", "elf"), ("twelve", "zwölf"), ("thirteen", "dreizehn"), ("fourteen", "vierzehn")),
    *(("fifteen", "fünfzehn"), ("sixteen", "sechzehn"), ("seventeen", "siebzehn")),
    *(("eighteen", "achtzehn"), ("nineteen", "neunzehn")),
)
TENS = (
    *(("twenty", "zwanzig"), ("thirty", "dreißig"), ("forty", "vierzig"), ("fifty", "fünfzig")),
    *(("sixty", "sechzig"), ("seventy", "siebzig"), ("eighty", "achtzig"), ("ninety", "neunzig")),
)
ORDINALS = (
    *(("first", "ersten"), ("second", "zweiten"), ("third", "dritten"), ("fourth", "vierten")),
    *(("fifth", "fünften"), ("sixth", "sechsten"), ("seventh", "siebten"), ("eighth", "achten")),
    *(("ninth", "neunten"), ("tenth", "zehnten"), ("eleventh", "elften"), ("twelfth", "zwölften")),
)
DAYS = (
    *(("Monday", "Montag"), ("Tuesday", "Dienstag"), ("Wednesday", "Mittwoch"), ("Thursday", "Donnerstag")),
    *(("Friday", "Freitag"), ("Saturday", "Samstag"), ("Sunday", "Sonntag")),
)
MONTHS = (
    *(("January", "Januar"), ("February", "Februar"), ("March", "März"), ("April", "April")),
    *(("May", "Mai"), ("June", "Juni"), ("July", "Juli"), ("August", "August")),
    *(("September", "September"), ("October", "Oktober"), ("November", "November")),
    ("December", "Dezember"),
)
GUESTS = (
    *(("guests", "Gäste"), ("trains", "Züge"), ("children", "Kinder"), ("letters", "Briefe")),
    *(("ships", "Schiffe"), ("teachers", "Lehrer"), ("singers", "Sänger"), ("birds", "Vögel")),
)
VERBS = (
    *(("arrive", "kommen", " an"), ("leave", "fahren", " ab"), ("return", "kommen", " zurück")),
    ("wait", "warten", ""),
)
PAST = (
    *(("quarter past", "Viertel nach", "fünfzehn"), ("ten past", "zehn nach", "zehn")),
    ("twenty past", "zwanzig nach", "zwanzig"),
)
BEFORE = (
    *(("half past", "halb", "dreißig"), ("quarter to", "Viertel vor", "fünfundvierzig")),
    ("ten to", "zehn vor", "fünfzig"),
)


class Phrases(MadeTexts):
    """English sentences of dates, times and numbers, 3,600 in all, and one or two German ones for each.

    A time has two references: `halb fünf` and `vier Uhr dreißig`. No sentence is in two splits.
    """

    name: ClassVar[str] = "phrases"
    targets: ClassVar[frozenset[str]] = frozenset({"texts"})
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({}, {"task": "summarisation"})

    task: Any = Field("translation", description="the task, or a mapping of its name and settings")

    def load(self, split: bench.Split) -> Sequence[bench.Example]:
        """Return the sentences of a split, in an order drawn once and for all."""
        return [bench.Example(text, references) for text, references in _splits()[split]]


Pair = tuple[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def _splits() -> Mapping[bench.Split, Sequence[Pair]]:
    sentences = _different(random.Random(0))  # noqa: S311  # a choice of sentences, no secret
    return {split: list(islice(sentences, size)) for split, size in SIZES.items()}


def _different(draw: random.Random) -> Iterator[Pair]:
    seen: set[str] = set()
    while True:
        text, references = draw.choice((arrival, date))(draw)
        if text not in seen:
            seen.add(text)
            yield text, references


def arrival(draw: random.Random) -> Pair:
    """Return how many of whom do what at which time."""
    count, anzahl = number(draw.randint(2, 99))
    (who, wer), (does, tut, apart) = draw.choice(GUESTS), draw.choice(VERBS)
    at, times = time(draw)
    return (
        f"{count} {who} {does} at {at}",
        tuple(f"{anzahl} {wer} {tut} um {um}{apart}" for um in times),
    )


def date(draw: random.Random) -> Pair:
    """Return a day of the week and of a month."""
    (day, tag), (month, monat) = draw.choice(DAYS), draw.choice(MONTHS)
    nth, ordinal = draw.choice(ORDINALS)
    return f"on {day} the {nth} of {month}", (f"am {tag}, dem {ordinal} {monat}",)


def number(value: int) -> tuple[str, str]:
    """Return a number from 1 to 99 in both languages: ones come before tens in German."""
    if value < 20:
        return UNITS[value - 1]
    tens, ones = divmod(value, 10)
    english, german = TENS[tens - 2]
    if not ones:
        return english, german
    one, eins = UNITS[ones - 1]
    return f"{english}-{one}", f"{eins}und{german}"


def time(draw: random.Random) -> tuple[str, tuple[str, str]]:
    """Return a time, and the two ways in which it is said in German."""
    hour = draw.randint(2, 11)
    upcoming = draw.random() < 0.5
    if upcoming:  # half past four is half of the fifth hour, and ten to five is before five in both
        english, german, minutes = draw.choice(BEFORE)
        named = hour if english == "half past" else hour + 1
        said = UNITS[hour][1]
    else:
        english, german, minutes = draw.choice(PAST)
        named, said = hour, UNITS[hour - 1][1]
    return f"{english} {UNITS[named - 1][0]}", (f"{german} {said}", f"{UNITS[hour - 1][1]} Uhr {minutes}")


@bench.hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    """Return the data set."""
    return [Phrases]
